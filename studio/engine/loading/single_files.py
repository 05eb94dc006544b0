"""Models in one file, or in a few, used where they lie: nothing is fetched or written."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Final

import torch

from studio.domain.errors import ModelRefused
from studio.domain.model import FAMILY_TITLES, ModelInfo
from studio.engine.devices import Device
from studio.engine.families.family import Family
from studio.engine.families.recipe import Recipe
from studio.engine.flow_schedules import FAMILY_KEY
from studio.engine.loading.clip_files import clip_part, open_clip_part, projection_width
from studio.engine.loading.clip_words import clip_tokenizer
from studio.engine.loading.flow_files import flux_layout, sd3_layout
from studio.engine.loading.flux2_files import flux2_layout
from studio.engine.loading.layout import Files, Layout, Tokenizer
from studio.engine.loading.ldm import autoencoder_part, unet_part
from studio.engine.loading.parts import FilePart, load_parts
from studio.engine.loading.qwen_image_files import qwen_image_layout
from studio.engine.loading.tensors import Tensors
from studio.engine.loading.z_image_files import z_image_layout
from studio.engine.placement.applying import apply, check_file_placement


def load_single_file(info: ModelInfo, recipe: Recipe, device: Device) -> Family:
    """Load the model in a file, and in those of its further parts, onto `device`.

    Raises:
        ModelNotFound: a file is gone.
        ModelRefused: damaged, incomplete, or not built as its family is.
    """
    files = [Tensors.of(path) for path in (info.path, *info.parts)]
    layout = _layout(info, files)
    check_file_placement(info.title, device)
    parts: dict[str, Any] = dict.fromkeys(recipe.parts)
    parts |= {name: make() for name, make in layout.tokenizers.items()}
    parts |= load_parts(info.title, layout.parts, files, device)
    apply(parts, device)
    settings = {**dict.fromkeys(recipe.settings), **layout.settings}
    config = _scheduler_config_of(info, files, layout)
    return recipe.make(**parts, **settings, scheduler_config=config)


def file_scheduler_config(info: ModelInfo) -> Mapping[str, Any]:
    """What would be in the scheduler_config.json of a model in one file.

    Raises:
        ModelNotFound: the file is gone.
        ModelRefused: it is damaged.
    """
    files = [Tensors.of(info.path)]
    return _scheduler_config_of(info, files, _layout(info, files))


def _scheduler_config_of(info: ModelInfo, files: Files, layout: Layout) -> dict[str, Any]:
    return {**layout.scheduler_config(info, files[0]), FAMILY_KEY: info.family}


def _layout(info: ModelInfo, files: Files) -> Layout:
    find = LAYOUTS.get(info.family)
    if find is None:
        raise ModelRefused(
            f"The studio can't load a model of {FAMILY_TITLES.get(info.family, info.family)} from "
            "one file yet.",
            "Use its diffusers folder.",
        )
    return find(files)


def _stable_diffusion_1(files: Files) -> Layout:
    return Layout(
        {
            "unet": unet_part(),
            "vae": autoencoder_part(0.18215, 512),
            "text_encoder": clip_part("cond_stage_model.transformer.", ""),
        },
        _scheduler_config,
        {"tokenizer": clip_tokenizer},
    )


def _stable_diffusion_2(files: Files) -> Layout:
    return Layout(
        {
            "unet": unet_part(),
            "vae": autoencoder_part(0.18215, 768),
            "text_encoder": open_clip_part("cond_stage_model.model.", projects=False),
        },
        _scheduler_config,
        {"tokenizer": lambda: clip_tokenizer("!")},
    )


def _stable_diffusion_xl(files: Files) -> Layout:
    """A refiner has no first text encoder, and the second one in its place."""
    refiners = open_clip_part("conditioner.embedders.0.model.", projects=True)
    found = refiners.find(files)
    first: dict[str, FilePart] = {}
    first_words: dict[str, Tokenizer] = {}
    second, size_numbers = refiners, 5
    if found is None:
        second, size_numbers = open_clip_part("conditioner.embedders.1.model.", projects=True), 6
        first = {"text_encoder": clip_part("conditioner.embedders.0.transformer.", "")}
        first_words = {"tokenizer": clip_tokenizer}
        found = second.find(files)
    pooled_width = 0 if found is None else projection_width(found.shapes)
    return Layout(
        {
            "unet": unet_part(pooled_width, size_numbers),
            "vae": autoencoder_part(0.13025, 1024),
            **first,
            "text_encoder_2": second,
        },
        _scheduler_config,
        {**first_words, "tokenizer_2": lambda: clip_tokenizer("!")},
    )


_FEW_STEPS: Final = 8
# Its spread tells the two kinds of Stable Diffusion 2 apart; found by ComfyUI's author.
_SPREAD: Final = "model.diffusion_model.output_blocks.11.1.transformer_blocks.0.norm1.bias"


def _scheduler_config(info: ModelInfo, file: Tensors) -> dict[str, Any]:
    """The noise schedule that all of them were trained with. "ztsnr" is an empty tensor with which
    trainers mark that its last step is noise alone (Lin et al. 2024); those models, and those that
    were distilled to few steps, want their first step to be the noisiest one."""
    zero_snr = "ztsnr" in file.shapes
    config = {
        "_class_name": "EulerDiscreteScheduler",
        "num_train_timesteps": 1000,
        "beta_start": 0.00085,
        "beta_end": 0.012,
        "beta_schedule": "scaled_linear",
        "set_alpha_to_one": False,
        "skip_prk_steps": True,
        "steps_offset": 1,
        "clip_sample": False,
        "prediction_type": _prediction_type(info, file),
        "rescale_betas_zero_snr": zero_snr,
    }
    if zero_snr or info.default_steps <= _FEW_STEPS:
        return {**config, "timestep_spacing": "trailing"}
    # In the folders of the others the spacing is each scheduler's own.
    return {**config, "timestep_spacing": "leading"} if info.family == "sdxl" else config


def _prediction_type(info: ModelInfo, file: Tensors) -> str:
    if info.prediction_type:
        return info.prediction_type
    if "v_pred" in file.shapes:
        return "v_prediction"
    if info.family == "sd2" and _SPREAD in file.shapes:
        [spread] = file.below(_SPREAD).read(torch.float32).values()
        return "v_prediction" if spread.float().std(unbiased=False) > 0.09 else "epsilon"
    return "epsilon"


LAYOUTS: Final[Mapping[str, Callable[[Files], Layout]]] = {
    "sd": _stable_diffusion_1,
    "sd2": _stable_diffusion_2,
    "sdxl": _stable_diffusion_xl,
    "sd3": sd3_layout,
    "flux": flux_layout,
    "flux2": flux2_layout,
    "z-image": z_image_layout,
    "qwen-image": qwen_image_layout,
}
"""The families whose single files can be loaded, by the names of `ModelInfo.family`."""
