"""From the files that an artist has to pictures: what the catalog finds, the engine loads."""

from __future__ import annotations

from pathlib import Path

import pytest
import torch

from studio.catalog import Catalog
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.devices import pick_device
from studio.engine.loading import load
from tests.support.flow_files import (
    clip,
    flux_transformer,
    t5_encoder,
    whole_flux,
    whole_sd3,
    write_file,
    write_flux_parts,
    write_sd3_parts,
)
from tests.support.ldm_files import ldm_autoencoder, write_single_file
from tests.support.tiny_models import write_tiny_sd

CPU = pick_device({"PENTIMENTO_DEVICE": "cpu"})


def draw(info: ModelInfo) -> torch.Tensor:
    family = load(info, CPU)
    request = Request("a cat, oil on canvas", 3, info.name, 64, 48, num_inference_steps=2)
    *_, last = denoise(prepare(family, request))
    return family.decode(last.latents)


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "ComfyUI" / "models"


@pytest.fixture
def catalog(tmp_path: Path, models: Path) -> Catalog:
    for folder in ("checkpoints", "diffusion_models", "text_encoders", "vae"):
        (models / folder).mkdir(parents=True)
    (tmp_path / "own").mkdir()
    return Catalog([tmp_path / "own"], tmp_path / "places.json", tmp_path / "cache")


def test_checkpoints_of_another_program(tmp_path: Path, models: Path, catalog: Catalog) -> None:
    sd = write_tiny_sd(tmp_path / "sd", all_words=True)
    write_single_file(sd.path, models / "checkpoints/sd15.safetensors")
    _, flux = write_flux_parts(tmp_path / "flux", guidance_embeds=False)
    write_file(whole_flux(flux), models / "checkpoints/flux1-schnell.safetensors")
    _, sd3 = write_sd3_parts(tmp_path / "sd3")
    write_file(whole_sd3(sd3), models / "checkpoints/sd3.safetensors")
    place = catalog.add_place(models.parent)
    assert (place.models, place.refused) == (3, 0)
    for name, family in (("sd15", "sd"), ("flux1-schnell", "flux"), ("sd3", "sd3")):
        model = catalog.find(name)
        assert (model.family, model.task) == (family, ModelTask.TEXT)
        assert draw(model).isfinite().all()
    assert torch.equal(draw(catalog.find("sd15")), draw(sd))


def test_a_network_with_its_parts_beside_it(tmp_path: Path, models: Path, catalog: Catalog) -> None:
    info, parts = write_flux_parts(tmp_path / "flux")
    files = {
        "diffusion_models/flux1-dev": flux_transformer(parts["transformer"]),
        "vae/flux-ae": ldm_autoencoder(parts["vae"].state_dict()),
        "text_encoders/clip_l": clip(parts["text_encoder"]),
        "text_encoders/t5xxl_fp32": t5_encoder(parts["text_encoder_2"]),
    }
    for name, tensors in files.items():
        write_file(tensors, models / f"{name}.safetensors")
    catalog.add_place(models)
    model = catalog.find("flux1-dev")
    assert {part.stem for part in model.parts} == {"flux-ae", "clip_l", "t5xxl_fp32"}
    assert torch.equal(draw(model), draw(info))
