"""Where a downloaded file or folder goes, by what it is."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum
from pathlib import Path
from typing import Final

from studio.domain.addons import AddonKind


class Destination(StrEnum):
    """What a download is to the studio. The names of addons are those of `AddonKind`."""

    MODEL = "model"
    LORA = AddonKind.LORA.value
    EMBEDDING = AddonKind.EMBEDDING.value
    VAE = AddonKind.VAE.value
    CONTROLNET = AddonKind.CONTROLNET.value
    T2I_ADAPTER = AddonKind.T2I_ADAPTER.value
    IP_ADAPTER = AddonKind.IP_ADAPTER.value
    IMAGE_ENCODER = AddonKind.IMAGE_ENCODER.value
    TEXT_ENCODER = AddonKind.TEXT_ENCODER.value
    DIFFUSION_MODEL = AddonKind.DIFFUSION_MODEL.value
    ANNOTATOR = AddonKind.ANNOTATOR.value
    SEGMENTER = AddonKind.SEGMENTER.value
    UPSCALER = AddonKind.UPSCALER.value
    STYLE_NETWORK = "style-network"


_FOLDERS: Final[Mapping[Destination, str]] = {
    Destination.MODEL: "checkpoints",
    Destination.LORA: "loras",
    Destination.EMBEDDING: "embeddings",
    Destination.VAE: "vae",
    Destination.CONTROLNET: "controlnet",
    Destination.T2I_ADAPTER: "t2i_adapter",
    Destination.IP_ADAPTER: "ip_adapter",
    Destination.IMAGE_ENCODER: "image_encoders",
    Destination.TEXT_ENCODER: "text_encoders",
    Destination.DIFFUSION_MODEL: "diffusion_models",
    Destination.ANNOTATOR: "annotators",
    Destination.SEGMENTER: "segmentation",
    Destination.UPSCALER: "upscalers",
    Destination.STYLE_NETWORK: "style",
}


def folder_for(models: Path, destination: Destination, *, is_folder: bool) -> Path:
    """The folder below `models` into which a file, or a folder in diffusers' layout, goes.

    Whole models that are folders lie in `models` itself.
    """
    if is_folder and destination is Destination.MODEL:
        return models
    return models / _FOLDERS[destination]
