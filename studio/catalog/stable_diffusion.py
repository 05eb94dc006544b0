"""Recognising a Stable Diffusion folder: a few small files are read, no weights.

`model_index.json` names the parts' classes; a loader imports what it names, so a name that isn't on
the list here is refused. Weights must be safetensors.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.catalog.description import read_description
from studio.catalog.probe import read_header
from studio.domain.errors import ModelRefused
from studio.domain.geometry import Size
from studio.domain.model import ModelInfo
from studio.domain.request import MAX_SIDE_PX, MIN_SIDE_PX
from studio.domain.schedulers import Scheduler

INDEX: Final = "model_index.json"
# The second kind has a UNet that sees a mask beside the latents.
_PIPELINES: Final = frozenset({"StableDiffusionPipeline", "StableDiffusionInpaintPipeline"})
_LIBRARIES: Final = frozenset({"diffusers", "transformers", "studio.engine.patch_autoencoder"})
_PARTS: Final = ("unet", "vae", "text_encoder", "tokenizer", "scheduler")
_WITH_WEIGHTS: Final = ("unet", "vae", "text_encoder")
# A model of this family often names these; they judge pictures or belong to other tasks.
_NEVER_LOADED: Final = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_PICKLES: Final = frozenset({".bin", ".ckpt", ".pt", ".pth", ".pkl", ".pickle"})
_DEFAULT_STEPS: Final = 25
_DEFAULT_GUIDANCE_SCALE: Final = 7.5
_DEFAULT_SCHEDULER: Final = Scheduler.DPMPP_2M_KARRAS


def read_model(folder: Path) -> ModelInfo:
    """What the studio knows about the model in a folder before it loads it.

    Raises:
        ModelRefused: unsafe, damaged, incomplete or of another family; the sentence says which.
    """
    parts = _parts(read_object(folder / INDEX))
    if missing := [part for part in _PARTS if part not in parts]:
        raise ModelRefused(f"The model is incomplete: it names no {missing[0]}.")
    for part in _WITH_WEIGHTS:
        _check_weights(folder / part)
    unet = read_object(folder / "unet" / "config.json")
    vae = read_object(folder / "vae" / "config.json")
    if not _takes_latents(unet.get("in_channels"), vae.get("latent_channels")):
        raise ModelRefused(
            "Its UNet takes something else than latents and a mask (an editing model?).",
            "Choose a model for text to image or for inpainting.",
        )
    multiple_px = _size_multiple(vae)
    native = _native_size(unet, multiple_px)
    described = read_description(folder, multiple_px)
    guidance_scale = described.default_guidance_scale
    return ModelInfo(
        name=folder.name,
        title=described.title or folder.name,
        family="sd",
        path=folder,
        size_multiple_px=multiple_px,
        sizes=described.sizes or _presets(native, multiple_px),
        default_steps=described.default_steps or _DEFAULT_STEPS,
        default_guidance_scale=(
            _DEFAULT_GUIDANCE_SCALE if guidance_scale is None else guidance_scale
        ),
        default_scheduler=described.default_scheduler or _DEFAULT_SCHEDULER,
        licence=described.licence or "unknown",
        example_prompts=described.example_prompts,
        default_upscale=described.default_upscale or 1,
    )


def _parts(index: dict[str, Any]) -> set[str]:
    pipeline = index.get("_class_name")
    if pipeline not in _PIPELINES:
        raise ModelRefused(
            f"It is made for {str(pipeline)[:80]}, which the studio can't run yet.",
            "Choose a model of the Stable Diffusion 1 format.",
        )
    parts = set()
    for part, entry in index.items():
        if part.startswith("_") or part in _NEVER_LOADED or not isinstance(entry, list):
            continue
        if len(entry) != 2 or not all(isinstance(name, str) for name in entry):
            if entry == [None, None]:
                continue
            raise ModelRefused(f"{INDEX} is damaged at “{part[:80]}”.", "Fetch the model again.")
        if entry[0] not in _LIBRARIES:
            raise ModelRefused(
                f"Its {part[:80]} would run code of “{entry[0][:80]}”, which isn't trusted.",
                "Choose a model that needs diffusers and transformers only.",
            )
        parts.add(part)
    return parts


def _check_weights(folder: Path) -> None:
    """Make sure that a part has whole safetensors files and no need of a pickle."""
    files = sorted(folder.iterdir()) if folder.is_dir() else []
    weights = [file for file in files if file.suffix == ".safetensors"]
    for file in weights:
        read_header(file)
    if weights:
        return
    part = folder.name.replace("_", " ")
    if pickles := [file for file in files if file.suffix in _PICKLES]:
        raise ModelRefused(
            f"Its {part} is a pickle ({pickles[0].name}), which can run any program when opened.",
            "Fetch the model's safetensors files instead.",
        )
    raise ModelRefused(
        f"The model is incomplete: its {part} has no weights.", "Fetch the model again."
    )


def _takes_latents(in_channels: Any, latent_channels: Any) -> bool:
    """Whether a UNet sees latents, alone or beside a mask and the latents of the masked picture."""
    if type(in_channels) is not int or type(latent_channels) is not int:
        return False
    return in_channels in (latent_channels, 2 * latent_channels + 1)


def _size_multiple(vae: dict[str, Any]) -> int:
    """How many pixels of a side become one latent: one halving between each pair of blocks."""
    blocks = vae.get("block_out_channels")
    if not isinstance(blocks, list) or not 1 <= len(blocks) <= 7:
        raise ModelRefused("Its vae's config.json doesn't say how it halves pictures.")
    return int(2 ** (len(blocks) - 1))


def _native_size(unet: dict[str, Any], multiple_px: int) -> Size:
    sample: Any = unet.get("sample_size")
    is_pair = isinstance(sample, list) and len(sample) == 2
    height, width = sample if is_pair else (sample, sample)
    if not (_is_side(width, multiple_px) and _is_side(height, multiple_px)):
        raise ModelRefused("Its unet's config.json doesn't say for which size it was made.")
    return Size(width * multiple_px, height * multiple_px)


def _is_side(latents: Any, multiple_px: int) -> bool:
    return type(latents) is int and MIN_SIDE_PX <= latents * multiple_px <= MAX_SIDE_PX


def _presets(native: Size, multiple_px: int) -> tuple[Size, ...]:
    """The native size, then wide, high and large: 512² gives 768 × 512, 512 × 768, 640 × 640."""
    width, height = native.width, native.height
    wanted = (
        native,
        Size(width * 3 // 2, height).snapped(multiple_px),
        Size(width, height * 3 // 2).snapped(multiple_px),
        Size(width * 5 // 4, height * 5 // 4).snapped(multiple_px),
    )
    fitting = (size for size in wanted if max(size.width, size.height) <= MAX_SIDE_PX)
    return tuple(dict.fromkeys(fitting))
