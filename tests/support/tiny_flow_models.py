"""Tiny flow matching models with random weights, in the real folder format."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel, SD3Transformer2DModel
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    CLIPTokenizer,
    T5Config,
    T5EncoderModel,
    T5Tokenizer,
)

from studio.domain.geometry import Size
from studio.domain.model import ModelInfo
from studio.domain.schedulers import Scheduler
from tests.support.tiny_models import TOKENS

WIDTH = 32
CHANNELS = 4
# Their pipeline for inpainting takes no other number.
SD3_CHANNELS = 16

FLOW_CONFIG: Mapping[str, Any] = {
    "_class_name": "FlowMatchEulerDiscreteScheduler",
    "num_train_timesteps": 1000,
    "shift": 3.0,
}
# As published with FLUX.1 dev.
SHIFTED_CONFIG: Mapping[str, Any] = {
    **FLOW_CONFIG,
    "use_dynamic_shifting": True,
    "base_shift": 0.5,
    "max_shift": 1.15,
    "base_image_seq_len": 256,
    "max_image_seq_len": 4096,
}


def write_tiny_flux(
    folder: Path,
    *,
    guidance_embeds: bool = True,
    fill: bool = False,
    config: Mapping[str, Any] = SHIFTED_CONFIG,
) -> ModelInfo:
    """Write a FLUX.1 model that draws noise into `folder`: dev, without `guidance_embeds` schnell,
    with `fill` Fill."""
    torch.manual_seed(2)
    parts = {
        "transformer": FluxTransformer2DModel(
            in_channels=4 * (2 * CHANNELS + 64) if fill else 4 * CHANNELS,
            out_channels=4 * CHANNELS,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            guidance_embeds=guidance_embeds,
            axes_dims_rope=(4, 4, 8),
        ),
        "vae": tiny_flow_vae(),
        "text_encoder": _clip(CLIPTextModel),
        "tokenizer": clip_tokenizer(),
        "text_encoder_2": _t5(WIDTH),
        "tokenizer_2": t5_tokenizer(),
    }
    return write_flow_model(folder, "flux", "FluxPipeline", parts, config)


def write_tiny_sd3(
    folder: Path, *, t5: bool = True, config: Mapping[str, Any] = FLOW_CONFIG
) -> ModelInfo:
    """Write a Stable Diffusion 3.5 model that draws noise into `folder`."""
    torch.manual_seed(3)
    parts = {
        "transformer": SD3Transformer2DModel(
            sample_size=16,
            patch_size=2,
            in_channels=SD3_CHANNELS,
            out_channels=SD3_CHANNELS,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=2 * WIDTH + 8,
            caption_projection_dim=32,
            pooled_projection_dim=2 * WIDTH,
            pos_embed_max_size=16,
            dual_attention_layers=(0,),
            qk_norm="rms_norm",
        ),
        "vae": tiny_flow_vae(SD3_CHANNELS),
        "text_encoder": _clip(CLIPTextModelWithProjection),
        "tokenizer": clip_tokenizer(),
        "text_encoder_2": _clip(CLIPTextModelWithProjection),
        "tokenizer_2": clip_tokenizer(),
    }
    if t5:
        parts |= {"text_encoder_3": _t5(2 * WIDTH + 8), "tokenizer_3": t5_tokenizer()}
    return write_flow_model(folder, "sd3", "StableDiffusion3Pipeline", parts, config)


def tiny_flow_vae(channels: int = CHANNELS) -> AutoencoderKL:
    """As the autoencoders of FLUX.1 and Stable Diffusion 3: latents are shifted, too."""
    return AutoencoderKL(
        block_out_channels=(8, 8, 8, 8),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=4,
        latent_channels=channels,
        sample_size=32,
        scaling_factor=0.3611,
        shift_factor=0.1159,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def clip_tokenizer() -> CLIPTokenizer:
    """Byte by byte, with two merges that make “cat” one word."""
    letters = sorted(ByteLevel.alphabet())
    words = [*letters, *(f"{letter}</w>" for letter in letters), "ca", "cat</w>"]
    words += ["<|startoftext|>", "<|endoftext|>"]
    return CLIPTokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=[("c", "a"), ("ca", "t</w>")],
        model_max_length=TOKENS,
    )


def t5_tokenizer() -> T5Tokenizer:
    """Letter by letter."""
    return T5Tokenizer(vocab=_T5_WORDS, extra_ids=0, model_max_length=TOKENS)


_T5_WORDS = [
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁", -2.0),
    *((letter, -3.0) for letter in "abcdefghijklmnopqrstuvwxyz"),
]


def _clip(encoder_class: Any) -> Any:
    tokenizer = clip_tokenizer()
    return encoder_class(
        CLIPTextConfig(
            vocab_size=len(tokenizer),
            hidden_size=WIDTH,
            intermediate_size=WIDTH,
            projection_dim=WIDTH,
            num_hidden_layers=2,
            num_attention_heads=4,
            max_position_embeddings=TOKENS,
            bos_token_id=tokenizer.bos_token_id,
            eos_token_id=tokenizer.eos_token_id,
            pad_token_id=tokenizer.pad_token_id,
        )
    )


def _t5(width: int) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=len(_T5_WORDS),
            d_model=width,
            d_kv=8,
            d_ff=WIDTH,
            num_layers=2,
            num_heads=4,
            feed_forward_proj="gated-gelu",
        )
    )


def write_flow_model(
    folder: Path,
    family: str,
    pipeline: str,
    parts: Mapping[str, Any],
    config: Mapping[str, Any],
) -> ModelInfo:
    """Write `parts`, by their names in model_index.json, and what a catalog would say of them."""
    index: dict[str, Any] = {"_class_name": pipeline, "_diffusers_version": "0.42.1"}
    for name, part in parts.items():
        part.save_pretrained(folder / name)
        index[name] = [type(part).__module__.partition(".")[0], type(part).__name__]
    (folder / "scheduler").mkdir()
    (folder / "scheduler" / "scheduler_config.json").write_text(json.dumps(dict(config)))
    index["scheduler"] = ["diffusers", "FlowMatchEulerDiscreteScheduler"]
    index["feature_extractor"] = index["image_encoder"] = [None, None]
    (folder / "model_index.json").write_text(json.dumps(index))
    return ModelInfo(
        name=folder.name,
        title=folder.name.title(),
        family=family,
        path=folder,
        size_multiple_px=16,
        sizes=(Size(64, 64),),
        default_steps=4,
        default_guidance_scale=3.5,
        default_scheduler=Scheduler.EULER,
        licence="CC0-1.0",
        prediction_type="flow_prediction",
    )
