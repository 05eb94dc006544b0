"""Recognising a folder in diffusers' layout: a few small files and headers are read, no weights.

`model_index.json` names the parts' classes; a loader imports what it names, so a name that isn't on
the list here is refused. Weights must be safetensors.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.catalog.defaults import Defaults, defaults_for
from studio.catalog.description import read_description
from studio.catalog.part_folders import read_part
from studio.catalog.pipelines import INDEX, PIPELINES, REFINER, Pipeline
from studio.catalog.precision import parameters_of, precision_of
from studio.domain.errors import ModelRefused
from studio.domain.geometry import Size
from studio.domain.limits import MAX_SIDE_PX, MIN_SIDE_PX
from studio.domain.model import ModelInfo, ModelTask

_LIBRARIES: Final = frozenset({"diffusers", "transformers", "studio.engine.patch_autoencoder"})
# A model often names these; they judge pictures or belong to other tasks.
_NEVER_LOADED: Final = frozenset({"safety_checker", "feature_extractor", "image_encoder"})
_PATCH: Final = 2
_SD2_WIDTH: Final = 1024


@dataclass(frozen=True, slots=True)
class _Shape:
    """What the parts' configs say: how large pictures are, and what the denoiser was made for."""

    family: str
    task: ModelTask
    multiple_px: int
    native: Size | None


def read_model(folder: Path, name: str = "") -> ModelInfo:
    """What the studio knows about the model in a folder before it loads it.

    Raises:
        ModelRefused: unsafe, damaged, incomplete or of another family; the sentence says which.
    """
    name = name or folder.name
    index = read_object(folder / INDEX)
    pipeline = _pipeline(index)
    parts = {part: read_part(folder / part) for part in pipeline.weighted}
    shape = _shape(folder, pipeline)
    prediction = _prediction(folder, shape.family)
    variant = _variant(folder, index, pipeline, name)
    defaults = defaults_for(shape.family, name, shape.task, variant, prediction)
    described = read_description(folder, shape.multiple_px)
    guidance_scale = described.default_guidance_scale
    return ModelInfo(
        name=name,
        title=described.title or name,
        family=shape.family,
        path=folder,
        size_multiple_px=shape.multiple_px,
        sizes=described.sizes or _sizes(shape, defaults),
        default_steps=described.default_steps or defaults.steps,
        default_guidance_scale=(
            defaults.guidance_scale if guidance_scale is None else guidance_scale
        ),
        default_scheduler=described.default_scheduler or defaults.scheduler,
        licence=described.licence or "unknown",
        example_prompts=described.example_prompts,
        default_upscale=described.default_upscale or 1,
        task=shape.task,
        prediction_type=prediction,
        precision=precision_of(parts[pipeline.denoiser].header),
        parameters=sum(parameters_of(part.header) for part in parts.values()),
        size_bytes=sum(part.size_bytes for part in parts.values()),
    )


def _pipeline(index: dict[str, Any]) -> Pipeline:
    """The pipeline that an index names, once it is certain that it names no foreign code."""
    title = index.get("_class_name")
    pipeline = PIPELINES.get(title) if isinstance(title, str) else None
    if pipeline is None:
        raise ModelRefused(
            f"It is made for {str(title)[:80]}, which the studio can't run yet.",
            "Choose a model of Stable Diffusion, FLUX, Z-Image or Qwen-Image.",
        )
    parts = _trusted_parts(index)
    if title == "StableDiffusionXLImg2ImgPipeline" and "text_encoder" not in parts:
        pipeline = REFINER
    if missing := [part for part in pipeline.parts if part not in parts]:
        raise ModelRefused(f"The model is incomplete: it names no {missing[0]}.")
    if "text_encoder_3" in parts:
        pipeline = replace(pipeline, parts=(*pipeline.parts, "text_encoder_3"))
    return pipeline


def _trusted_parts(index: dict[str, Any]) -> set[str]:
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


def _shape(folder: Path, pipeline: Pipeline) -> _Shape:
    denoiser = read_object(folder / pipeline.denoiser / "config.json")
    vae = read_object(folder / "vae" / "config.json")
    multiple_px = _size_multiple(vae)
    if pipeline.denoiser == "unet":
        task = _unet_task(denoiser.get("in_channels"), vae.get("latent_channels"), pipeline.task)
        is_second = denoiser.get("cross_attention_dim") == _SD2_WIDTH and pipeline.family == "sd"
        family = "sd2" if is_second else pipeline.family
        return _Shape(family, task, multiple_px, _native_size(denoiser, multiple_px))
    return _Shape(pipeline.family, pipeline.task, multiple_px * _PATCH, None)


def _unet_task(in_channels: Any, latent_channels: Any, task: ModelTask) -> ModelTask:
    """A UNet sees latents: alone, beside a mask and the masked picture's, or beside a picture's."""
    if type(in_channels) is int and type(latent_channels) is int:
        if in_channels == latent_channels:
            return task
        if in_channels == 2 * latent_channels + 1:
            return ModelTask.INPAINT
        if in_channels == 2 * latent_channels:
            return ModelTask.EDIT
    raise ModelRefused(
        "Its UNet takes something else than latents, with a mask or a picture beside them.",
        "Choose a model for text to image, for inpainting or for editing.",
    )


def _size_multiple(vae: dict[str, Any]) -> int:
    """How many pixels of a side become one latent: one halving between each pair of blocks."""
    blocks = vae.get("block_out_channels")
    if isinstance(blocks, list) and 1 <= len(blocks) <= 7:
        return int(2 ** (len(blocks) - 1))
    # Qwen-Image's says at which of its stages it halves time as well (diffusers' own spelling).
    stages = vae.get("temperal_downsample")
    if isinstance(stages, list) and 1 <= len(stages) <= 6:
        return int(2 ** len(stages))
    raise ModelRefused("Its vae's config.json doesn't say how it halves pictures.")


def _native_size(unet: dict[str, Any], multiple_px: int) -> Size:
    sample: Any = unet.get("sample_size")
    is_pair = isinstance(sample, list) and len(sample) == 2
    height, width = sample if is_pair else (sample, sample)
    if not (_is_side(width, multiple_px) and _is_side(height, multiple_px)):
        raise ModelRefused("Its unet's config.json doesn't say for which size it was made.")
    return Size(width * multiple_px, height * multiple_px)


def _is_side(latents: Any, multiple_px: int) -> bool:
    return type(latents) is int and MIN_SIDE_PX <= latents * multiple_px <= MAX_SIDE_PX


def _prediction(folder: Path, family: str) -> str:
    """What its scheduler expects; diffusers takes epsilon where that says nothing."""
    if family not in ("sd", "sd2", "sdxl"):
        return "flow_prediction"
    try:
        said = read_object(folder / "scheduler" / "scheduler_config.json").get("prediction_type")
    except ModelRefused:
        return ""
    known = ("epsilon", "v_prediction", "sample")
    return said if isinstance(said, str) and said in known else "epsilon"


def _variant(folder: Path, index: dict[str, Any], pipeline: Pipeline, name: str) -> str:
    """Which of its family's kinds a model is, where the pipeline's class leaves it open."""
    if pipeline.family == "flux" and not pipeline.variant:
        config = read_object(folder / pipeline.denoiser / "config.json")
        return "dev" if config.get("guidance_embeds") is True else "schnell"
    if pipeline.family == "z-image":
        return "turbo" if "turbo" in name.lower() else "base"
    if pipeline.variant == "klein" and index.get("is_distilled") is False:
        return "klein-base"
    return pipeline.variant


def _sizes(shape: _Shape, defaults: Defaults) -> tuple[Size, ...]:
    """The family's sizes, unless this model was made for others than most of its family."""
    if shape.native is not None and shape.native != defaults.sizes[0]:
        return _presets(shape.native, shape.multiple_px)
    return tuple(dict.fromkeys(size.snapped(shape.multiple_px) for size in defaults.sizes))


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
