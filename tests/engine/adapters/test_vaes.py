"""Another autoencoder than the model's own."""

from __future__ import annotations

import re
from typing import Any

import pytest
import torch
from diffusers import AutoencoderKL
from safetensors.torch import load_file, save_file

from studio.domain.addons import AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused


def another(sd: Any, **config: Any) -> Any:
    torch.manual_seed(9)
    make: Any = AutoencoderKL
    return make.from_config({**sd.bare.vae.config, **config}).eval()


def as_original(name: str) -> str:
    """A tensor's name in the reference code's layout."""
    levels = 4
    name = re.sub(r"encoder\.down_blocks\.(\d)\.resnets\.(\d)", r"encoder.down.\1.block.\2", name)
    name = re.sub(r"down_blocks\.(\d)\.downsamplers\.0", r"down.\1.downsample", name)

    def up(found: re.Match[str]) -> str:
        return f"decoder.up.{levels - 1 - int(found[1])}"

    name = re.sub(r"decoder\.up_blocks\.(\d)", up, name)
    name = re.sub(r"\.resnets\.(\d)", r".block.\1", name)
    name = name.replace(".upsamplers.0", ".upsample").replace("conv_shortcut", "nin_shortcut")
    name = re.sub(r"mid_block\.block\.(\d)", lambda found: f"mid.block_{int(found[1]) + 1}", name)
    for ours, original in (
        ("mid_block.attentions.0.group_norm", "mid.attn_1.norm"),
        ("mid_block.attentions.0.to_q", "mid.attn_1.q"),
        ("mid_block.attentions.0.to_k", "mid.attn_1.k"),
        ("mid_block.attentions.0.to_v", "mid.attn_1.v"),
        ("mid_block.attentions.0.to_out.0", "mid.attn_1.proj_out"),
        ("conv_norm_out", "norm_out"),
    ):
        name = name.replace(ours, original)
    return name


@pytest.mark.parametrize("layout", ["folder", "file", "original", "checkpoint"])
def test_it_decodes_instead_of_the_models_own(sd: Any, layout: str) -> None:
    vae = another(sd)
    folder = sd.folder / "other"
    vae.save_pretrained(folder)
    path = folder
    if layout != "folder":
        path = sd.folder / "other.safetensors"
        tensors = load_file(folder / "diffusion_pytorch_model.safetensors")
        if layout != "file":
            tensors = {as_original(name): tensor for name, tensor in tensors.items()}
            for name, tensor in tensors.items():
                if re.search(r"attn_1\.(q|k|v|proj_out)\.weight$", name):
                    tensors[name] = tensor[..., None, None]
        if layout == "checkpoint":
            tensors = {f"first_stage_model.{name}": tensor for name, tensor in tensors.items()}
        save_file({name: tensor.contiguous() for name, tensor in tensors.items()}, path)
    sd.add(path, AddonKind.VAE)
    own = sd.family.vae
    latents = sd.ours()
    before = sd.family.decode(latents)

    sd.adapt(sd.request(vae="other"))
    with torch.inference_mode():
        expected = vae.decode(latents / vae.config.scaling_factor, return_dict=False)[0]
    assert torch.allclose(sd.family.decode(latents), expected, atol=1e-5)
    assert not torch.allclose(before, expected, atol=1e-2)
    loaded = sd.family.vae
    sd.adapt(sd.request())
    assert sd.family.vae is own
    assert torch.equal(sd.family.decode(latents), before)
    sd.adapt(sd.request(vae="other"))
    assert sd.family.vae is loaded


def test_it_is_as_frugal_as_the_one_before(sd: Any) -> None:
    another(sd).save_pretrained(sd.folder / "other")
    sd.add(sd.folder / "other", AddonKind.VAE)
    sd.family.set_frugal(True)
    try:
        sd.adapt(sd.request(vae="other"))
        assert sd.family.vae.use_tiling
        assert sd.family.vae.use_slicing
    finally:
        sd.family.set_frugal(False)
    assert not sd.family.vae.use_tiling
    sd.adapt(sd.request())
    assert not sd.family.vae.use_tiling


def test_one_that_cannot_take_its_place_is_refused(sd: Any) -> None:
    own = sd.family.vae
    another(sd, latent_channels=16).save_pretrained(sd.folder / "wide")
    save_file({"words": torch.ones(1)}, sd.folder / "nothing.safetensors")
    save_file({"decoder.conv_in.weight": torch.ones(4, 4, 3, 3)}, sd.folder / "cut.safetensors")
    for name, problem in {
        "wide": "latents of 16 channels, and this model works with 4",
        "nothing.safetensors": "holds no VAE",
        "cut.safetensors": "damaged",
    }.items():
        sd.add(sd.folder / name, AddonKind.VAE)
        with pytest.raises(ModelRefused, match=problem):
            sd.ours(vae=name.removesuffix(".safetensors"))
        sd.ours()
        assert sd.family.vae is own
    with pytest.raises(ModelNotFound, match=r"VAE “wider”.*“wide”"):
        sd.ours(vae="wider")
