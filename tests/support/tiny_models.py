"""A tiny Stable Diffusion model with random weights, in the real folder format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, UNet2DConditionModel
from tokenizers.pre_tokenizers import ByteLevel
from transformers import CLIPTextConfig, CLIPTextModel, CLIPTokenizer

from studio.domain.geometry import Size
from studio.domain.model import ModelInfo
from studio.domain.schedulers import Scheduler

TOKENS = 16
WIDTH = 32

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


def _tiny_tokenizer(folder: Path) -> CLIPTokenizer:
    """Byte by byte, with two merges that make “cat” one word."""
    characters = sorted(ByteLevel.alphabet())
    words = [*characters, *(f"{c}</w>" for c in characters), "ca", "cat</w>"]
    vocab = {word: i for i, word in enumerate([*words, "<|startoftext|>", "<|endoftext|>"])}
    folder.mkdir(parents=True)
    (folder / "vocab.json").write_text(json.dumps(vocab))
    (folder / "merges.txt").write_text("#version: 0.2\nc a\nca t</w>\n")
    return CLIPTokenizer.from_pretrained(folder, model_max_length=TOKENS, local_files_only=True)
