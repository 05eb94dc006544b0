"""Models from folders in diffusers' layout, part by part, trusting nothing in them.

diffusers would import whatever module a model_index.json names and unpickle a .bin. Here the file
is read by a bounded reader first, every part must be on a short list of classes, weights come from
safetensors only, and nothing is fetched from a network.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.domain.errors import ModelRefused, StudioError
from studio.domain.model import FAMILY_TITLES, ModelInfo
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.family import Family
from studio.engine.families.recipe import Recipe
from studio.engine.flow_schedules import FAMILY_KEY
from studio.engine.loading.weights import check_numbers, settle, variant_of
from studio.engine.placement.applying import apply, part_options

logger = logging.getLogger(__name__)

# Named by many folders and never loaded: they judge pictures or belong to other tasks.
_PASSED_OVER: Final = {"safety_checker", "feature_extractor", "image_encoder"}

# Of what reads texts and pictures only one half is needed, and that needs no torchvision.
_INSTEAD: Final = {
    "PixtralProcessor": "PreTrainedTokenizerFast",
    "Qwen2VLProcessor": "Qwen2VLImageProcessorPil",
    "Qwen2_5_VLProcessor": "Qwen2VLImageProcessorPil",
}


def load_folder(info: ModelInfo, recipe: Recipe, device: Device) -> Family:
    """Load the model in a folder onto `device`, part by part.

    Raises:
        ModelRefused: unsafe, damaged, incomplete, or its parts don't fit together.
    """
    index = read_object(info.path / "model_index.json")
    named = _named_parts(info, index, recipe)
    parts = {
        name: _load_part(info, name, *named[name], device) if name in named else None
        for name in recipe.parts
    }
    apply(parts, device)
    settings = {name: index.get(name) for name in recipe.settings}
    return recipe.make(**parts, **settings, scheduler_config=folder_scheduler_config(info))


def folder_scheduler_config(info: ModelInfo) -> Mapping[str, Any]:
    """The content of a model's scheduler_config.json, and the model's family in it.

    Raises:
        ModelRefused: it is gone or damaged.
    """
    content = read_object(info.path / "scheduler" / "scheduler_config.json")
    return {**content, FAMILY_KEY: info.family}


def _named_parts(
    info: ModelInfo, index: Mapping[str, Any], recipe: Recipe
) -> dict[str, tuple[str, str]]:
    """The classes of the parts, each on the list of those that may be loaded."""
    parts: dict[str, tuple[str, str]] = {}
    for name, entry in index.items():
        if name.startswith("_") or not isinstance(entry, list):
            continue
        if entry == [None, None] or name in _PASSED_OVER:
            continue
        library, class_name = (*map(str, entry), "", "")[:2]
        if name == "scheduler":
            known = library == "diffusers"  # its class is chosen by the request
        else:
            known = (library, class_name) in recipe.parts.get(name, frozenset())
        if not known:
            raise ModelRefused(
                f"“{info.title}” asks for {library}.{class_name} as its {name}, which isn't on "
                "the list of what the studio loads.",
                f"Use a model in the plain format of {FAMILY_TITLES[info.family]}.",
            )
        parts[name] = (library, class_name)
    if missing := sorted(recipe.parts.keys() - recipe.optional - parts.keys()):
        raise ModelRefused(
            f"“{info.title}” is incomplete: its model_index.json names no {missing[0]}.",
            "Fetch the model again.",
        )
    return parts


def _load_part(
    info: ModelInfo, name: str, library: str, class_name: str, device: Device
) -> Any:  # a model or a tokenizer of another library
    folder = info.path / name
    part_class = getattr(importlib.import_module(library), _INSTEAD.get(class_name, class_name))
    try:
        if name.startswith(("tokenizer", "processor")):
            return part_class.from_pretrained(folder, local_files_only=True)
        _check_weights(info, folder)
        options = part_options(name, device)
        dtype = {"dtype" if library == "transformers" else "torch_dtype": device.dtype}
        part, report = part_class.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            variant=variant_of(folder),
            output_loading_info=True,
            **dtype,
            **options,
        )
        if report["missing_keys"]:
            raise ValueError(f"{len(report['missing_keys'])} tensors are missing")
        if options:
            return part.eval()  # its weights are packed numbers, and lie where they belong
        settle(part, device)
        check_numbers(part, info.title, name)
        return part
    except StudioError:
        raise
    except Exception as error:
        # Everything that three libraries may find wrong with a file; a bug of ours would be here
        # as well, so the log has the traceback.
        if is_out_of_memory(error):
            raise
        logger.warning("can't load %s of %s", name, info.path, exc_info=error)
        raise ModelRefused(
            f"The {name.replace('_', ' ')} of “{info.title}” is damaged or incomplete "
            f"({type(error).__name__}).",
            "Fetch the model again.",
        ) from None


def _check_weights(info: ModelInfo, folder: Path) -> None:
    if any(folder.glob("*.safetensors")):
        return
    if any(folder.glob("*.bin")) or any(folder.glob("*.ckpt")):
        raise ModelRefused(
            f"“{info.title}” keeps its {folder.name.replace('_', ' ')} in a pickle (.bin), "
            "which can run any program when it is opened.",
            "Fetch the model's safetensors files instead.",
        )
    raise ModelRefused(
        f"“{info.title}” is incomplete: {folder.name} has no weights.", "Fetch the model again."
    )
