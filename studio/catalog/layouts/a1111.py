"""Stable Diffusion web UI (A1111) and Forge: “models” with a folder for each kind, embeddings
beside it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from studio.catalog.layouts.walk import Root

_SIGNS: Final = ("Stable-diffusion", "StableDiffusion")
_KINDS: Final = (
    *_SIGNS,
    "diffusers",
    "Lora",
    "LyCORIS",
    "VAE",
    "text_encoder",
    "ControlNet",
    "annotators",
    "segmentation",
    "embeddings",
    "ESRGAN",
    "RealESRGAN",
)
_MODELS: Final = ("models", "Models", "")
_BESIDE: Final = ("embeddings", "extensions/sd-webui-controlnet/models")


def is_a1111(path: Path) -> bool:
    """Whether this is the program's folder or its folder of models."""
    return _models_folder(path) is not None


def roots(path: Path) -> tuple[Root, ...]:
    """The folders of all kinds that are there."""
    models = _models_folder(path) or path
    base = models.parent if models == path else path
    found = [models / kind for kind in _KINDS] + [base / name for name in _BESIDE]
    return tuple(Root(folder) for folder in found if folder.is_dir())


def _models_folder(path: Path) -> Path | None:
    for name in _MODELS:
        if any((path / name / sign).is_dir() for sign in _SIGNS):
            return path / name
    return None
