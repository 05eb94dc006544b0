"""Annotators from folders in transformers' layout, Depth Anything also from single files of its
makers' layout: safetensors only, nothing fetched, no code of others run."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from typing import Any, Final

import torch
from transformers import (
    DepthAnythingForDepthEstimation,
    DPTForDepthEstimation,
    RTDetrForObjectDetection,
    VitPoseForPoseEstimation,
    ZoeDepthForDepthEstimation,
)

from studio.catalog.bounded import read_object
from studio.catalog.part_folders import CONFIG, read_part_folder
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.engine.annotators.depth_anything_files import SEES, read_depth_anything
from studio.engine.devices import Device
from studio.engine.loading.damage import damage_in_words
from studio.engine.loading.loading import quieten
from studio.engine.loading.weights import check_numbers

logger = logging.getLogger(__name__)

_CLASSES: Final[Mapping[str, Any]] = {
    "depth_anything": DepthAnythingForDepthEstimation,
    "dpt": DPTForDepthEstimation,
    "zoedepth": ZoeDepthForDepthEstimation,
    "vitpose": VitPoseForPoseEstimation,
    "rt_detr": RTDetrForObjectDetection,
}
_PROCESSOR: Final = "preprocessor_config.json"
_MAX_SIDE_PX: Final = 2048


def load_annotator(info: AddonInfo, device: Device) -> Any:
    """The network of `info` on `device`, in single precision: it is small, and its maps are to be
    the same on every card.

    Raises:
        ModelNotFound: it is gone.
        ModelRefused: damaged, incomplete or of another kind.
    """
    if not info.path.exists():
        raise ModelNotFound(
            f"“{info.title}” is gone: {info.path}.", "Put it back, or choose another preprocessor."
        )
    quieten()
    with damage_in_words(info, "another preprocessor"):
        network = _read_folder(info) if info.path.is_dir() else read_depth_anything(info.path)
        network = network.to(device.torch_device, torch.float32).eval().requires_grad_(False)
    check_numbers(network, info.title, "network")
    return network


def load_processor(info: AddonInfo, processor_class: Any) -> Any:
    """What makes a network's input of a picture, as its folder says: of transformers' class.

    Raises:
        ModelRefused: the folder doesn't say, or nothing sensible.
    """
    said = read_object(info.path / _PROCESSOR) if info.path.is_dir() else dict(SEES)
    try:
        processor = processor_class.from_dict(said)
        _check_size(processor)
        return processor
    except Exception as error:
        logger.warning("can't read %s of %s", _PROCESSOR, info.path, exc_info=error)
        raise ModelRefused(
            f"“{info.title}” doesn't say how it sees pictures: its {_PROCESSOR} is damaged.",
            "Fetch it again.",
        ) from None


def model_type(info: AddonInfo) -> str:
    """Transformers' word for a network.

    Raises:
        ModelRefused: its config can't be read.
    """
    if info.path.is_file():
        return "depth_anything"
    return str(read_object(info.path / CONFIG).get("model_type"))


def _check_size(processor: Any) -> None:
    """Raise ValueError where pictures would be enlarged beyond all measure."""
    multiple = getattr(processor, "ensure_multiple_of", 1)
    sides = processor.size["height"], processor.size["width"], multiple
    if not all(0 < side <= _MAX_SIDE_PX for side in sides):
        raise ValueError(f"it enlarges pictures to {sides[0]} × {sides[1]}")


def _read_folder(info: AddonInfo) -> Any:
    # Looked at once more: what lies there now may be something else than the catalog saw.
    read_part_folder(info.path, info.name)
    network, report = _CLASSES[model_type(info)].from_pretrained(
        info.path,
        local_files_only=True,
        use_safetensors=True,
        dtype=torch.float32,
        output_loading_info=True,
    )
    if report["missing_keys"]:
        raise ValueError(f"{len(report['missing_keys'])} tensors are missing")
    return network
