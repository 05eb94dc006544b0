"""LoRAs of the models around a transformer go through the same door."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import diffusers
import pytest
import torch
from safetensors.torch import load_file, save_file

from studio.domain.adapters import LoraUse
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelRefused
from studio.engine.adapters import Adapting
from studio.engine.devices import pick_device
from studio.engine.families.flux import Flux
from studio.engine.families.patches import unpack
from studio.engine.families.sd3 import StableDiffusion3
from studio.engine.loading import load
from tests.support.flow_oracles import HEIGHT, WIDTH, diffusers_scheduler, flow_request, ours
from tests.support.tiny_flow_models import write_tiny_flux, write_tiny_sd3
from tests.support.tiny_models import TOKENS

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def lora(path: Path, transformer: Any) -> Path:
    """As diffusers and PEFT write it."""
    drawn = torch.Generator().manual_seed(1)
    tensors = {}
    for name, module in transformer.named_modules():
        if name.endswith((".attn.to_q", ".attn.to_v")):
            for side, shape in (("A", (2, module.in_features)), ("B", (module.out_features, 2))):
                tensor = 0.3 * torch.randn(shape, generator=drawn)
                tensors[f"transformer.{name}.lora_{side}.weight"] = tensor
    save_file(tensors, path)
    return path


def kohya(path: Path, flux: Flux) -> Path:
    """As sd-scripts writes it: attention in one, blocks as the original names them."""
    drawn = torch.Generator().manual_seed(2)
    tensors = {}
    attention = flux.transformer.transformer_blocks[0].attn
    for name, features in (
        ("img_attn_qkv", (attention.to_q.in_features, 3 * attention.to_q.out_features)),
        ("img_attn_proj", (attention.to_q.out_features, attention.to_q.in_features)),
    ):
        layer = f"lora_unet_double_blocks_0_{name}"
        tensors[f"{layer}.lora_down.weight"] = torch.randn(2, features[0], generator=drawn)
        tensors[f"{layer}.lora_up.weight"] = torch.randn(features[1], 2, generator=drawn)
        tensors[f"{layer}.alpha"] = torch.tensor(1.0)
    save_file(tensors, path)
    return path


def adapted(family: Any, info: Any, path: Path, **changes: Any) -> torch.Tensor:
    addon = AddonInfo(path.stem, path.stem, AddonKind.LORA, info.family, path)
    adapting = Adapting(lambda kind: [addon] if kind is AddonKind.LORA else [], CPU)
    request = flow_request(**changes)
    adapting.adapt(family, info, adapting.wishes(request, info))
    return ours(family, request)


@pytest.mark.parametrize("write", [lora, kohya])
def test_flux(tmp_path: Path, write: Any) -> None:
    info = write_tiny_flux(tmp_path / "flux")
    family, bare = load(info, CPU), load(info, CPU)
    assert isinstance(family, Flux)
    assert isinstance(bare, Flux)
    path = write(tmp_path / "ink.safetensors", bare.transformer if write is lora else bare)
    before = ours(family, flow_request())
    changed = adapted(family, info, path, loras=(LoraUse("ink", 0.7),))

    request = flow_request()
    scheduler = diffusers_scheduler(request.scheduler, bare.scheduler_config, request)
    make: Any = diffusers.FluxPipeline
    pipeline = make(
        scheduler=scheduler,
        vae=bare.vae,
        text_encoder=bare.clip.text_encoder,
        tokenizer=bare.clip.tokenizer,
        text_encoder_2=bare.t5.text_encoder,
        tokenizer_2=bare.t5.tokenizer,
        transformer=bare.transformer,
    )
    pipeline.set_progress_bar_config(disable=True)
    tensors = {name: tensor.clone() for name, tensor in load_file(path).items()}
    pipeline.load_lora_weights(tensors, adapter_name="ink")
    pipeline.set_adapters(["ink"], [0.7])
    theirs = pipeline(
        request.prompt,
        height=HEIGHT,
        width=WIDTH,
        num_inference_steps=request.num_inference_steps,
        guidance_scale=request.guidance_scale,
        generator=scheduler.drawn,
        max_sequence_length=TOKENS,
        output_type="latent",
    ).images
    assert torch.equal(changed, unpack(theirs, changed.shape[-2], changed.shape[-1]))
    assert not torch.equal(changed, before)
    assert torch.equal(adapted(family, info, path), before)


def test_stable_diffusion_3(tmp_path: Path) -> None:
    info = write_tiny_sd3(tmp_path / "sd3")
    family, bare = load(info, CPU), load(info, CPU)
    assert isinstance(bare, StableDiffusion3)
    path = lora(tmp_path / "ink.safetensors", bare.transformer)
    before = ours(family, flow_request())
    changed = adapted(family, info, path, prompt="a cat<lora:ink:0.7>")

    bare.transformer.load_lora_adapter(load_file(path), adapter_name="ink")
    bare.transformer.set_adapters(["ink"], [0.7])
    assert torch.equal(changed, ours(bare, flow_request()))
    assert not torch.equal(changed, before)
    assert torch.equal(adapted(family, info, path), before)


def test_dora_where_attention_is_one_layer(tmp_path: Path) -> None:
    """sd-scripts' one magnitude for queries, keys and values, against the formula merged into the
    weights of all three."""
    info = write_tiny_flux(tmp_path / "flux")
    family, bare = load(info, CPU), load(info, CPU)
    assert isinstance(bare, Flux)
    path = kohya(tmp_path / "ink.safetensors", bare)
    tensors = load_file(path)
    attention = bare.transformer.transformer_blocks[0].attn
    three = [attention.to_q, attention.to_k, attention.to_v]
    own = torch.cat([module.weight.data for module in three])
    layer = "lora_unet_double_blocks_0_img_attn_qkv"
    changed = own + 0.5 * tensors[f"{layer}.lora_up.weight"] @ tensors[f"{layer}.lora_down.weight"]
    magnitude = torch.linspace(0.5, 1.5, len(own))[:, None]
    save_file(tensors | {f"{layer}.dora_scale": magnitude}, tmp_path / "dora.safetensors")
    ours_changed = adapted(family, info, tmp_path / "dora.safetensors", prompt="a <lora:dora:0.7>")

    proj = "lora_unet_double_blocks_0_img_attn_proj"
    up, down = tensors[f"{proj}.lora_up.weight"], tensors[f"{proj}.lora_down.weight"]
    decomposed = magnitude * changed / changed.norm(dim=1, keepdim=True)
    merged = own + 0.7 * (decomposed - own)
    for module, weight in zip(three, merged.chunk(3), strict=True):
        module.weight.data = weight
    attention.to_out[0].weight.data += 0.7 * 0.5 * up @ down
    theirs = ours(bare, flow_request(prompt="a "))
    assert torch.allclose(ours_changed, theirs, rtol=1e-3, atol=1e-3)
    plain = adapted(family, info, path, prompt="a <lora:ink:0.7>")
    assert not torch.allclose(plain, theirs, rtol=1e-2, atol=1e-2)

    save_file(tensors | {f"{layer}.dora_scale": magnitude.T}, tmp_path / "wrong.safetensors")
    with pytest.raises(ModelRefused):
        adapted(family, info, tmp_path / "wrong.safetensors", prompt="a <lora:wrong:0.7>")
