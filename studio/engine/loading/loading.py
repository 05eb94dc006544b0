"""Which way a model comes from the disk, by its family and by how it lies there."""

from __future__ import annotations

import diffusers
import transformers

from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.engine.devices import Device
from studio.engine.families.family import Family
from studio.engine.families.table import RECIPES
from studio.engine.loading.folders import load_folder


def load(info: ModelInfo, device: Device) -> Family:
    """Load a model onto `device`.

    Raises:
        ModelNotFound: the folder is gone.
        ModelRefused: unsafe, damaged, incomplete or of a family the studio can't run.
    """
    recipe = RECIPES.get(info.family)
    if recipe is None:
        raise ModelRefused(
            f"“{info.title}” is of the family “{info.family}”, which the studio can't run yet.",
            "Choose another model.",
        )
    _quieten()
    return load_folder(info, recipe, device)


def _quieten() -> None:
    """Keep the libraries' notes and progress bars off the artist's terminal."""
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
