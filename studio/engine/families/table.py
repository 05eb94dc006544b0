"""The families that the engine knows, by the names of `ModelInfo.family`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from studio.engine.families import flux, flux2, qwen_image_edit, sd, sd3, sdxl, z_image
from studio.engine.families.recipe import Recipe

RECIPES: Final[Mapping[str, Recipe]] = {
    "sd": sd.RECIPE,
    "sd2": sd.RECIPE,
    "sdxl": sdxl.RECIPE,
    "sd3": sd3.RECIPE,
    "flux": flux.RECIPE,
    "flux2": flux2.RECIPE,
    "z-image": z_image.RECIPE,
    "qwen-image": qwen_image_edit.RECIPE,
}
