from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from safetensors.numpy import save_file

UNET = {"_class_name": "UNet2DConditionModel", "sample_size": 64, "in_channels": 4}
VAE = {"latent_channels": 4, "block_out_channels": [128, 256, 512, 512]}
INDEX = {
    "_class_name": "StableDiffusionPipeline",
    "_diffusers_version": "0.6.0",
    "feature_extractor": ["transformers", "CLIPImageProcessor"],
    "safety_checker": ["stable_diffusion", "StableDiffusionSafetyChecker"],
    "scheduler": ["diffusers", "PNDMScheduler"],
    "text_encoder": ["transformers", "CLIPTextModel"],
    "tokenizer": ["transformers", "CLIPTokenizer"],
    "unet": ["diffusers", "UNet2DConditionModel"],
    "vae": ["diffusers", "AutoencoderKL"],
}
WEIGHTS = (
    "unet/diffusion_pytorch_model.safetensors",
    "vae/diffusion_pytorch_model.safetensors",
    "text_encoder/model.safetensors",
)

WriteModel = Callable[..., Path]


@pytest.fixture
def models(tmp_path: Path) -> Path:
    folder = tmp_path / "models"
    folder.mkdir()
    return folder


@pytest.fixture
def write_model(models: Path) -> WriteModel:
    """Writes a folder that looks like Stable Diffusion 1.5 to whoever reads headers only."""

    def write(
        name: str = "artist-v1",
        *,
        index: dict[str, Any] | None = None,
        unet: dict[str, Any] | None = None,
        vae: dict[str, Any] | None = None,
        description: object = None,
    ) -> Path:
        folder = models / name
        for path in WEIGHTS:
            (folder / path).parent.mkdir(parents=True)
            save_file({"weight": np.zeros((2, 3), np.float16)}, folder / path)
        write_json(folder / "model_index.json", INDEX | (index or {}))
        write_json(folder / "unet" / "config.json", UNET | (unet or {}))
        write_json(folder / "vae" / "config.json", VAE | (vae or {}))
        if description is not None:
            write_json(folder / "pentimento.json", description)
        return folder

    return write


def write_json(path: Path, record: object) -> None:
    path.write_text(json.dumps(record), encoding="utf-8")
