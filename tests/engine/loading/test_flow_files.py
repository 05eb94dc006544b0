"""FLUX.1 and Stable Diffusion 3 from files: the same pictures as from a folder."""

from __future__ import annotations

import dataclasses
from pathlib import Path
from typing import Any

import pytest
import torch
from diffusers.loaders.single_file_utils import convert_flux_transformer_checkpoint_to_diffusers

from studio.catalog import Catalog
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.families.flux import Flux
from studio.engine.loading import load, scheduler_config
from studio.engine.loading.bfl import flux_part
from tests.support.flow_files import (
    clip,
    flux_transformer,
    sd3_transformer,
    t5_encoder,
    whole_flux,
    whole_sd3,
    write_file,
    write_flux_parts,
    write_sd3_parts,
)
from tests.support.ldm_files import ldm_autoencoder

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def at(info: ModelInfo, path: Path, *parts: Path) -> ModelInfo:
    return dataclasses.replace(info, path=path, parts=parts)


def drawn(info: ModelInfo) -> torch.Tensor:
    family = load(info, CPU)
    request = Request("a cat, oil on canvas", 3, info.name, 64, 48, "rain", 2, guidance_scale=3.0)
    *_, last = denoise(prepare(family, request))
    return family.decode(last.latents)


@pytest.mark.parametrize("options", [{"guidance_embeds": False}, {"fill": True}])
def test_flux_in_one_file(tmp_path: Path, options: dict[str, Any]) -> None:
    info, parts = write_flux_parts(tmp_path / "flux", **options)
    path = write_file(whole_flux(parts), tmp_path / "flux.safetensors")
    assert torch.equal(drawn(at(info, path)), drawn(info))


def test_stable_diffusion_3_in_one_file(tmp_path: Path) -> None:
    info, parts = write_sd3_parts(tmp_path / "sd3")
    path = write_file(whole_sd3(parts), tmp_path / "sd3.safetensors")
    assert torch.equal(drawn(at(info, path)), drawn(info))


def test_flux_in_comfyuis_folders_is_found_and_painted_with(tmp_path: Path) -> None:
    info, parts = write_flux_parts(tmp_path / "flux")
    models = tmp_path / "models"
    for folder, name, tensors in (
        ("diffusion_models", "flux1-dev", flux_transformer(parts["transformer"])),
        ("vae", "ae", ldm_autoencoder(parts["vae"].state_dict())),
        ("text_encoders", "clip_l", clip(parts["text_encoder"])),
        ("text_encoders", "t5xxl_fp16", t5_encoder(parts["text_encoder_2"])),
    ):
        (models / folder).mkdir(parents=True, exist_ok=True)
        write_file(tensors, models / folder / f"{name}.safetensors")
    found = Catalog((models,)).find("flux1-dev")
    assert len(found.parts) == 3
    assert torch.equal(drawn(found), drawn(info))
    with pytest.raises(ModelRefused, match="has no vae"):
        load(dataclasses.replace(found, parts=found.parts[:1]), CPU)


def test_stable_diffusion_3_with_its_other_parts_beside_it(tmp_path: Path) -> None:
    info, parts = write_sd3_parts(tmp_path / "sd3", t5=False)
    path = write_file(sd3_transformer(parts["transformer"]), tmp_path / "sd3.safetensors")
    others = [
        write_file(ldm_autoencoder(parts["vae"].state_dict()), tmp_path / "ae.safetensors"),
        write_file(clip(parts["text_encoder"]), tmp_path / "clip_l.safetensors"),
        write_file(clip(parts["text_encoder_2"]), tmp_path / "clip_g.safetensors"),
    ]
    assert torch.equal(drawn(at(info, path, *others)), drawn(info))


@pytest.mark.parametrize("guidance_embeds", [True, False])
def test_schnell_goes_evenly_and_dev_by_the_pictures_size(
    tmp_path: Path, guidance_embeds: bool
) -> None:
    info, parts = write_flux_parts(tmp_path / "flux", guidance_embeds=guidance_embeds)
    path = write_file(flux_transformer(parts["transformer"]), tmp_path / "flux.safetensors")
    of_file = scheduler_config(at(info, path))
    assert of_file == scheduler_config(info)
    assert bool(of_file.get("use_dynamic_shifting")) is guidance_embeds


def test_weights_of_fp8_are_read(tmp_path: Path) -> None:
    info, parts = write_flux_parts(tmp_path / "flux")
    tensors = whole_flux(parts)
    small = {
        name: tensor.to(torch.float8_e4m3fn) if tensor.dim() == 2 else tensor
        for name, tensor in tensors.items()
    }
    family = load(at(info, write_file(small, tmp_path / "fp8.safetensors")), CPU)
    assert isinstance(family, Flux)
    weight = parts["transformer"].x_embedder.weight
    assert torch.equal(family.transformer.x_embedder.weight, weight.to(torch.float8_e4m3fn).float())


def test_names_are_those_that_diffusers_gives(tmp_path: Path) -> None:
    """Of a model whose width diffusers' own converter knows, but for the numbers."""
    _, parts = write_flux_parts(tmp_path / "flux")
    tensors = flux_transformer(parts["transformer"])
    wide = {
        name: torch.zeros(7 * 3072, 1) if ".linear1." in name else tensor
        for name, tensor in tensors.items()
    }
    theirs = convert_flux_transformer_checkpoint_to_diffusers(dict(wide))
    ours = flux_part().convert(dict(tensors), parts["transformer"])
    assert ours.keys() == theirs.keys()
    assert all(
        torch.equal(ours[name], theirs[name])
        for name in theirs
        if not name.startswith("single") or "linear" in name
    )
