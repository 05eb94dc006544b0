"""Models from the disk: a Stable Diffusion folder, part by part, trusting nothing in it.

diffusers would import whatever module a model_index.json names and unpickle a .bin. Here the file
is read by a bounded reader first, every part must be on a short list of classes, weights come from
safetensors only, and nothing is fetched from a network.
"""

from __future__ import annotations

import importlib
import logging
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Final

import diffusers
import transformers

from studio.catalog.bounded import read_object
from studio.domain.errors import ModelNotFound, ModelRefused, StudioError
from studio.domain.model import ModelInfo
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.family import Family
from studio.engine.families.sd import StableDiffusion

logger = logging.getLogger(__name__)

_CLIP_TOKENIZERS: Final = {("transformers", "CLIPTokenizer"), ("transformers", "CLIPTokenizerFast")}
_PARTS: Final[Mapping[str, set[tuple[str, str]]]] = {
    "unet": {("diffusers", "UNet2DConditionModel")},
    "vae": {
        ("diffusers", "AutoencoderKL"),
        ("diffusers", "AutoencoderTiny"),
        ("studio.engine.patch_autoencoder", "LinearPatchAutoencoder"),
    },
    "text_encoder": {("transformers", "CLIPTextModel")},
    "tokenizer": _CLIP_TOKENIZERS,
}
# Named by many folders and never loaded: they judge pictures or belong to other tasks.
_PASSED_OVER: Final = {"safety_checker", "feature_extractor", "image_encoder"}


def load(info: ModelInfo, device: Device) -> Family:
    """Load a model onto `device`.

    Raises:
        ModelNotFound: the folder is gone.
        ModelRefused: unsafe, damaged, incomplete or of a family the studio can't run.
    """
    loader = _FAMILIES.get(info.family)
    if loader is None:
        raise ModelRefused(
            f"“{info.title}” is of the family “{info.family}”, which the studio can't run yet.",
            "Choose a Stable Diffusion 1.x model.",
        )
    if not info.path.is_dir():
        raise ModelNotFound(
            f"The folder of “{info.title}” is gone: {info.path}.", "Put it back, or choose another."
        )
    _quieten()
    return loader(info, device)


def scheduler_config(info: ModelInfo) -> Mapping[str, Any]:
    """The content of a model's scheduler_config.json.

    Raises:
        ModelRefused: it is gone or damaged.
    """
    return read_object(info.path / "scheduler" / "scheduler_config.json")


def _load_stable_diffusion(info: ModelInfo, device: Device) -> Family:
    parts = _read_model_index(info)
    loaded = {name: _load_part(info, name, *parts[name], device) for name in _PARTS}
    _check_fit(info, **loaded)
    return StableDiffusion(**loaded, scheduler_config=scheduler_config(info))


_FAMILIES: Final[Mapping[str, Callable[[ModelInfo, Device], Family]]] = {
    "sd": _load_stable_diffusion
}


def _read_model_index(info: ModelInfo) -> dict[str, tuple[str, str]]:
    """The classes of the parts, each on the list of those that may be loaded."""
    index = read_object(info.path / "model_index.json")
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
            known = (library, class_name) in _PARTS.get(name, set())
        if not known:
            raise ModelRefused(
                f"“{info.title}” asks for {library}.{class_name} as its {name}, which isn't on "
                "the list of what the studio loads.",
                "Use a model in the plain Stable Diffusion 1.x format.",
            )
        parts[name] = (library, class_name)
    if missing := sorted(_PARTS.keys() - parts.keys()):
        raise ModelRefused(
            f"“{info.title}” is incomplete: its model_index.json names no {missing[0]}.",
            "Fetch the model again.",
        )
    return parts


def _check_fit(info: ModelInfo, *, unet: Any, vae: Any, text_encoder: Any, tokenizer: Any) -> None:
    """Refuse parts that would only fail, or draw nonsense, in the first step."""
    latents = vae.config.latent_channels
    if unet.config.in_channels not in (latents, 2 * latents + 1):
        problem = "its unet wants more than latents and a mask (an editing model)"
    elif unet.config.cross_attention_dim != text_encoder.config.hidden_size:
        problem = "its unet and its text encoder are of different models"
    elif unet.config.addition_embed_type or unet.config.class_embed_type:
        problem = "its unet wants more than a prompt (perhaps Stable Diffusion XL)"
    elif tokenizer.model_max_length > text_encoder.config.max_position_embeddings:
        problem = "its tokenizer and its text encoder are of different models"
    else:
        return
    raise ModelRefused(
        f"“{info.title}” isn't a plain Stable Diffusion 1.x model: {problem}.",
        "Choose another model.",
    )


def _load_part(
    info: ModelInfo, name: str, library: str, class_name: str, device: Device
) -> Any:  # a model or a tokenizer of another library
    folder = info.path / name
    part_class = getattr(importlib.import_module(library), class_name)
    try:
        if name == "tokenizer":
            return part_class.from_pretrained(folder, local_files_only=True)
        dtype = {"dtype" if library == "transformers" else "torch_dtype": device.dtype}
        part, report = part_class.from_pretrained(
            folder,
            local_files_only=True,
            use_safetensors=True,
            variant=_variant(info, folder),
            output_loading_info=True,
            **dtype,
        )
        if report["missing_keys"]:
            raise ValueError(f"{len(report['missing_keys'])} tensors are missing")
        return part.to(device.torch_device).eval().requires_grad_(False)
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


def _variant(info: ModelInfo, folder: Path) -> str | None:
    """None for the plain safetensors files, "fp16" where only those are there."""
    stems = {path.name.partition(".")[0] for path in folder.glob("*.safetensors")}
    if not stems:
        if any(folder.glob("*.bin")) or any(folder.glob("*.ckpt")):
            raise ModelRefused(
                f"“{info.title}” keeps its {folder.name.replace('_', ' ')} in a pickle (.bin), "
                "which can run any program when it is opened.",
                "Fetch the model's safetensors files instead.",
            )
        raise ModelRefused(
            f"“{info.title}” is incomplete: {folder.name} has no weights.", "Fetch the model again."
        )
    plain = any(
        not path.name.endswith(".fp16.safetensors") for path in folder.glob("*.safetensors")
    )
    return None if plain else "fp16"


def _quieten() -> None:
    """Keep the libraries' notes and progress bars off the artist's terminal."""
    diffusers.utils.logging.set_verbosity_error()
    diffusers.utils.logging.disable_progress_bar()
    transformers.utils.logging.set_verbosity_error()  # type: ignore[no-untyped-call]
    transformers.utils.logging.disable_progress_bar()  # type: ignore[no-untyped-call]
