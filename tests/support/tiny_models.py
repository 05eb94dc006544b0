"""Tiny models of Stable Diffusion's families with random weights, in the real folder format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
)

from studio.domain.geometry import Size
from studio.domain.model import ModelInfo, ModelTask
from studio.domain.schedulers import Scheduler
from studio.engine.loading.clip_words import WORDS, clip_tokenizer

TOKENS = 16
WIDTH = 32
# What a UNet sees: latents, the same with a mask and a picture, or with a picture.
CHANNELS = {ModelTask.INPAINT: 9, ModelTask.EDIT: 8}

SCHEDULER_CONFIG = {
    "_class_name": "PNDMScheduler",
    "num_train_timesteps": 1000,
    "beta_start": 0.00085,
    "beta_end": 0.012,
    "beta_schedule": "scaled_linear",
    "skip_prk_steps": True,
    "set_alpha_to_one": False,
    "steps_offset": 0,
}


def write_tiny_model(folder: Path, vae: Any = None, **scheduler_config: Any) -> ModelInfo:
    """Write a model that draws 32 px noise into `folder`, and what a catalog would say of it.

    `vae` is an AutoencoderKL of 4 channels unless given; `scheduler_config` overrides entries.
    """
    torch.manual_seed(0)
    if vae is None:
        vae = AutoencoderKL(
            block_out_channels=(8, 8, 8, 8),
            down_block_types=("DownEncoderBlock2D",) * 4,
            up_block_types=("UpDecoderBlock2D",) * 4,
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=4,
            sample_size=32,
        )
    unet = UNet2DConditionModel(
        sample_size=4,
        in_channels=vae.config.latent_channels,
        out_channels=vae.config.latent_channels,
        block_out_channels=(16, 32),
        down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
        up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
        layers_per_block=1,
        norm_num_groups=8,
        attention_head_dim=8,
        cross_attention_dim=WIDTH,
    )
    tokenizer = _tiny_tokenizer(folder / "tokenizer")
    text_encoder = CLIPTextModel(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )
    for name, part in {"unet": unet, "vae": vae, "text_encoder": text_encoder}.items():
        part.save_pretrained(folder / name)
    tokenizer.save_pretrained(folder / "tokenizer")
    (folder / "scheduler").mkdir()
    config = {**SCHEDULER_CONFIG, **scheduler_config}
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(config))
    vae_module = type(vae).__module__
    index = {
        "_class_name": "StableDiffusionPipeline",
        "_diffusers_version": "0.42.1",
        "unet": ["diffusers", "UNet2DConditionModel"],
        "vae": [vae_module if "studio" in vae_module else "diffusers", type(vae).__name__],
        "text_encoder": ["transformers", "CLIPTextModel"],
        "tokenizer": ["transformers", "CLIPTokenizer"],
        "scheduler": ["diffusers", "PNDMScheduler"],
        "safety_checker": [None, None],
        "feature_extractor": [None, None],
    }
    (folder / "model_index.json").write_text(json.dumps(index))
    return ModelInfo(
        name=folder.name,
        title=folder.name.title(),
        family="sd",
        path=folder,
        size_multiple_px=8,
        sizes=(Size(32, 32),),
        default_steps=4,
        default_guidance_scale=5.0,
        default_scheduler=Scheduler.EULER,
        licence="CC0-1.0",
    )


def write_tiny_sd(
    folder: Path,
    family: str = "sd",
    task: ModelTask = ModelTask.TEXT,
    *,
    all_words: bool = False,
    **scheduler_config: Any,
) -> ModelInfo:
    """As `write_tiny_model`, of family "sd" or "sd2" and built by the rules of the reference code
    (norms of 32 groups, heads of 64 channels or 8 heads). With `all_words` of CLIP it can be a
    single file, too: see `tests.support.ldm_files`."""
    torch.manual_seed(1)
    second = family == "sd2"
    parts = {
        "unet": UNet2DConditionModel(
            sample_size=4,
            in_channels=CHANNELS.get(task, 4),
            block_out_channels=(32, 64),
            down_block_types=("CrossAttnDownBlock2D", "DownBlock2D"),
            up_block_types=("UpBlock2D", "CrossAttnUpBlock2D"),
            layers_per_block=1,
            attention_head_dim=(1, 1) if second else 8,
            cross_attention_dim=WIDTH,
            use_linear_projection=second,
        ),
        "vae": _tiny_autoencoder(scaling_factor=0.18215),
        "tokenizer": _tokenizer(
            folder / "tokenizer", "!" if second else "<|endoftext|>", all_words
        ),
        "text_encoder": CLIPTextModel(_clip_config("gelu" if second else "quick_gelu", all_words)),
    }
    pipeline = "StableDiffusionInpaintPipeline"
    if task is not ModelTask.INPAINT:
        pipeline = "StableDiffusionPipeline"
    _write(folder, pipeline, parts, {**SCHEDULER_CONFIG, **scheduler_config})
    return _info(folder, family, task)


def write_tiny_sdxl(
    folder: Path,
    task: ModelTask = ModelTask.TEXT,
    *,
    all_words: bool = False,
    **scheduler_config: Any,
) -> ModelInfo:
    """A tiny model of Stable Diffusion XL; with ModelTask.REFINER its second one, which has one
    text encoder only. `all_words` as in `write_tiny_sd`."""
    torch.manual_seed(2 if task is ModelTask.REFINER else 3)
    refines = task is ModelTask.REFINER
    parts: dict[str, Any] = {
        "vae": _tiny_autoencoder(scaling_factor=0.13025, force_upcast=True),
        "tokenizer_2": _tokenizer(folder / "tokenizer_2", "!", all_words),
        "text_encoder_2": CLIPTextModelWithProjection(_clip_config("gelu", all_words, WIDTH)),
        "unet": UNet2DConditionModel(
            sample_size=4,
            in_channels=CHANNELS.get(task, 4),
            block_out_channels=(32, 64),
            down_block_types=("DownBlock2D", "CrossAttnDownBlock2D"),
            up_block_types=("CrossAttnUpBlock2D", "UpBlock2D"),
            layers_per_block=1,
            transformer_layers_per_block=(1, 2),
            attention_head_dim=(1, 1),
            cross_attention_dim=WIDTH if refines else 2 * WIDTH,
            use_linear_projection=True,
            addition_embed_type="text_time",
            addition_time_embed_dim=8,
            projection_class_embeddings_input_dim=WIDTH + 8 * (5 if refines else 6),
        ),
    }
    pipeline = "StableDiffusionXLImg2ImgPipeline" if refines else "StableDiffusionXLPipeline"
    settings = {"force_zeros_for_empty_prompt": not refines}
    if refines:
        settings["requires_aesthetics_score"] = True
    else:
        parts["tokenizer"] = _tokenizer(folder / "tokenizer", "<|endoftext|>", all_words)
        parts["text_encoder"] = CLIPTextModel(_clip_config("quick_gelu", all_words))
    scheduler = {**SCHEDULER_CONFIG, "steps_offset": 1, "clip_sample": False, **scheduler_config}
    _write(folder, pipeline, parts, scheduler, settings)
    return _info(folder, "sdxl", task)


def _tiny_autoencoder(**config: Any) -> AutoencoderKL:
    return AutoencoderKL(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=32,
        latent_channels=4,
        sample_size=32,
        **config,
    )


def _tokenizer(folder: Path, pad: str, all_words: bool) -> CLIPTokenizer:
    return clip_tokenizer(pad) if all_words else _tiny_tokenizer(folder, pad)


def _clip_config(activation: str, all_words: bool, projection: int = 512) -> CLIPTextConfig:
    words = WORDS if all_words else 2 * len(ByteLevel.alphabet()) + 4
    return CLIPTextConfig(
        vocab_size=words,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        num_hidden_layers=3,
        num_attention_heads=1,
        max_position_embeddings=77 if all_words else TOKENS,
        hidden_act=activation,
        projection_dim=projection,
        bos_token_id=words - 2,
        eos_token_id=words - 1,
        pad_token_id=0,
    )


def _write(
    folder: Path,
    pipeline: str,
    parts: dict[str, Any],
    scheduler_config: dict[str, Any],
    settings: dict[str, Any] | None = None,
) -> None:
    index: dict[str, Any] = {"_class_name": pipeline, "_diffusers_version": "0.42.1"}
    index |= {"scheduler": ["diffusers", scheduler_config["_class_name"]], **(settings or {})}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        library = type(part).__module__.partition(".")[0]
        index[name] = [library, type(part).__name__]
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(scheduler_config))
    (folder / "model_index.json").write_text(json.dumps(index))


def _info(folder: Path, family: str, task: ModelTask) -> ModelInfo:
    return ModelInfo(
        name=folder.name,
        title=folder.name.title(),
        family=family,
        path=folder,
        size_multiple_px=8,
        sizes=(Size(32, 32),),
        default_steps=4,
        default_guidance_scale=5.0,
        default_scheduler=Scheduler.EULER,
        licence="CC0-1.0",
        task=task,
    )


def _tiny_tokenizer(folder: Path, pad: str = "<|endoftext|>") -> CLIPTokenizer:
    """Byte by byte, with two merges that make “cat” one word."""
    characters = sorted(ByteLevel.alphabet())
    words = [*characters, *(f"{c}</w>" for c in characters), "ca", "cat</w>"]
    vocab = {word: i for i, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\nc a\nca t</w>\n")
    return CLIPTokenizer.from_pretrained(
        folder, model_max_length=TOKENS, pad_token=pad, local_files_only=True
    )
