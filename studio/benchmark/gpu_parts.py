"""All parts of a model of a published shape with random weights, as pipelines and families take.

The denoiser and the autoencoder have their true sizes. Text encoders have their true widths and one
layer: they read a prompt once a job, and not at all when it was read before.
"""

from __future__ import annotations

from typing import Any, Final

import torch

from studio.benchmark.gpu_shapes import Shape, build
from studio.benchmark.workload import byte_tokenizer
from studio.engine.devices import Device
from studio.engine.families.family import Family
from studio.engine.families.table import RECIPES
from studio.engine.flow_schedules import FAMILY_KEY

_SCHEDULER: Final = {
    "_class_name": "EulerDiscreteScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "steps_offset": 1,
}
_FLOW_SCHEDULER: Final = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "num_train_timesteps": 1000,
    "shift": 3.0,
    "use_dynamic_shifting": True,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
}


def build_parts(shape: Shape, device: Device, *, tiny: bool) -> dict[str, Any]:
    """The parts of a model, by diffusers' names, on `device` and in its dtype."""
    place = (device.torch_device, device.dtype)
    is_flux = shape.name == "flux"
    denoiser = build(shape.denoiser, *place)
    config = denoiser.config
    parts: dict[str, Any] = {
        "transformer" if is_flux else "unet": denoiser,
        "vae": build(lambda: _autoencoder(16 if is_flux else 4, tiny=tiny), *place),
    }
    width = config.pooled_projection_dim if is_flux else config.cross_attention_dim
    if shape.name == "sdxl":
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        first = 16 if tiny else 768
        parts["text_encoder"] = build(lambda: _clip(first), *place)
        parts["text_encoder_2"] = build(lambda: _clip(width - first, pooled), *place)
        parts["tokenizer_2"] = byte_tokenizer(77)
    else:
        parts["text_encoder"] = build(lambda: _clip(width), *place)
    parts["tokenizer"] = byte_tokenizer(77)
    if is_flux:
        parts["text_encoder_2"] = build(lambda: _t5(config.joint_attention_dim), *place)
        parts["tokenizer_2"] = byte_tokenizer(512)
    return parts


def make_pipeline(shape: Shape, parts: dict[str, Any]) -> Any:
    """diffusers' own pipeline around `parts`."""
    import diffusers

    others: dict[str, Any] = {"scheduler": _scheduler(shape)}
    if shape.name == "sd":
        none = {"safety_checker": None, "feature_extractor": None}
        others |= {**none, "requires_safety_checker": False}
    elif shape.name == "sdxl":
        others["add_watermarker"] = False
    names = {
        "sd": "StableDiffusionPipeline",
        "sdxl": "StableDiffusionXLPipeline",
        "flux": "FluxPipeline",
    }
    pipeline = getattr(diffusers, names[shape.name])(**parts, **others)
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def make_family(shape: Shape, parts: dict[str, Any]) -> Family:
    """The studio's own family around `parts`."""
    recipe = RECIPES[shape.name]
    config = _FLOW_SCHEDULER if shape.name == "flux" else _SCHEDULER
    settings = dict.fromkeys(recipe.settings)
    return recipe.make(**parts, **settings, scheduler_config={**config, FAMILY_KEY: shape.name})


def _scheduler(shape: Shape) -> Any:
    import diffusers

    config = _FLOW_SCHEDULER if shape.name == "flux" else _SCHEDULER
    return getattr(diffusers, str(config["_class_name"])).from_config(config)


def _autoencoder(channels: int, *, tiny: bool) -> Any:
    import diffusers

    make: Any = diffusers.AutoencoderKL
    return make(
        block_out_channels=(8, 8, 8, 8) if tiny else (128, 256, 512, 512),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1 if tiny else 2,
        norm_num_groups=4 if tiny else 32,
        latent_channels=channels if not tiny or channels == 4 else 4,
        sample_size=64 if tiny else 1024,
        shift_factor=0.1159 if channels == 16 else None,
        scaling_factor=0.3611 if channels == 16 else 0.18215,
    )


def _clip(width: int, projection: int | None = None) -> Any:
    import transformers

    tokenizer = byte_tokenizer(77)
    config = transformers.CLIPTextConfig(
        vocab_size=len(tokenizer),
        hidden_size=width,
        intermediate_size=width,
        num_hidden_layers=2,
        num_attention_heads=4,
        max_position_embeddings=77,
        projection_dim=projection or width,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        pad_token_id=tokenizer.pad_token_id,
    )
    if projection is None:
        return transformers.CLIPTextModel(config)
    return transformers.CLIPTextModelWithProjection(config)


def _t5(width: int) -> Any:
    import transformers

    config = transformers.T5Config(
        vocab_size=len(byte_tokenizer(512)), d_model=width, d_ff=width, d_kv=16, num_layers=1,
        num_heads=4,
    )  # fmt: skip
    return transformers.T5EncoderModel(config)


def matmul_peak(device: torch.device, dtype: torch.dtype, side: int) -> float:
    """The most FLOP/s that a matrix product of `side` reaches here, of ten tries."""
    from studio.benchmark.gpu_timing import seconds_of

    a, b = (torch.randn(side, side, device=device, dtype=dtype) for _ in range(2))
    torch.mm(a, b)
    return 2 * side**3 / min(seconds_of(lambda: torch.mm(a, b), device) for _ in range(10))
