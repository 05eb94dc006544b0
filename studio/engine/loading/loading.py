"""Which way a model comes from the disk, by its family and by how it lies there."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import diffusers
import transformers

from studio.catalog.model_files import WEIGHTS
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.model import ModelInfo
from studio.engine.devices import Device
from studio.engine.families.family import Family
from studio.engine.families.table import RECIPES
from studio.engine.loading.folders import folder_scheduler_config, load_folder
from studio.engine.loading.single_files import file_scheduler_config, load_single_file


def load(info: ModelInfo, device: Device) -> Family:
    """Load a model onto `device`.

    Raises:
        ModelNotFound: the folder or file is gone.
        ModelRefused: unsafe, damaged, incomplete or of a family the studio can't run.
    """
    recipe = RECIPES.get(info.family)
    if recipe is None:
        raise ModelRefused(
            f"“{info.title}” is of the family “{info.family}”, which the studio can't run yet.",
            "Choose another model.",
        )
    _check_there(info)
    quieten()
    try:
        if info.path.is_dir():
            return load_folder(info, recipe, device)
        return load_single_file(info, recipe, device)
    except ModelRefused:
        _check_there(info)  # a disk that was pulled out meanwhile is no damage
        raise


def scheduler_config(info: ModelInfo) -> Mapping[str, Any]:
    """The content of a model's scheduler_config.json, or what a single file says instead.

    Raises:
        ModelNotFound: the folder or file is gone.
        ModelRefused: it is damaged.
    """
    _check_there(info)
    return folder_scheduler_config(info) if info.path.is_dir() else file_scheduler_config(info)


def _check_there(info: ModelInfo) -> None:
    if not info.path.exists():
        kind = "file" if info.path.suffix.lower() in WEIGHTS else "folder"
        raise ModelNotFound(
            f"The {kind} of “{info.title}” is gone: {info.path}.",
            "Put it back, or choose another.",
        )


def quieten() -> None:
    """Keep the libraries' notes and progress bars off the artist's terminal."""
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
