"""Which families' models can be guided, and how."""

from __future__ import annotations

from typing import Final

from studio.engine.controls.flux_control import FluxWay
from studio.engine.controls.qwen_image_control import QwenImageWay
from studio.engine.controls.sd3_control import SD3Way
from studio.engine.controls.unet_control import UNetWay
from studio.engine.controls.way import ControlWay
from studio.engine.controls.z_image_control import ZImageWay
from studio.engine.families.family import Family
from studio.engine.families.flux import Flux
from studio.engine.families.qwen_image import QwenImage
from studio.engine.families.sd3 import StableDiffusion3
from studio.engine.families.unet import UNetFamily
from studio.engine.families.z_image import ZImage

_WAYS: Final[tuple[tuple[type, ControlWay], ...]] = (
    (UNetFamily, UNetWay()),
    (Flux, FluxWay()),
    (StableDiffusion3, SD3Way()),
    (QwenImage, QwenImageWay()),
    (ZImage, ZImageWay()),
)


def way_of(family: Family) -> ControlWay | None:
    """How controls guide this model; None where the studio can't do that yet."""
    return next((way for kind, way in _WAYS if isinstance(family, kind)), None)
