"""Tiny models whose text encoders are language models, with random weights, in the real folder
format."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import torch
from diffusers import (
    AutoencoderKLFlux2,
    AutoencoderKLQwenImage,
    Flux2Transformer2DModel,
    QwenImageTransformer2DModel,
    ZImageTransformer2DModel,
)
from tokenizers.pre_tokenizers import ByteLevel
from transformers import (
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2Tokenizer,
    Qwen2VLImageProcessorPil,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
)

from studio.domain.model import ModelInfo
from tests.support.tiny_flow_models import (
    CHANNELS,
    SHIFTED_CONFIG,
    tiny_flow_vae,
    write_flow_model,
)

WIDTH = 32
_CHAT = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{% if message.content is string %}{{ message.content }}"
    "{% else %}{% for part in message.content %}{{ part.text }}{% endfor %}{% endif %}<|im_end|>\n"
    "{% endfor %}{% if add_generation_prompt %}<|im_start|>assistant\n{% endif %}"
)


def write_tiny_z_image(folder: Path) -> ModelInfo:
    """Write a Z-Image model that draws noise into `folder`."""
    torch.manual_seed(4)
    tokenizer = qwen_tokenizer()
    parts: dict[str, Any] = {
        "transformer": ZImageTransformer2DModel(
            in_channels=CHANNELS,
            dim=WIDTH,
            n_layers=1,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=WIDTH,
            axes_dims=[4, 6, 6],
            axes_lens=[1024, 64, 64],
        ),
        "vae": tiny_flow_vae(),
        "text_encoder": Qwen3Model(
            Qwen3Config(
                vocab_size=len(tokenizer),
                hidden_size=WIDTH,
                intermediate_size=WIDTH,
                num_hidden_layers=2,
                num_attention_heads=2,
                num_key_value_heads=2,
                head_dim=16,
            )
        ),
        "tokenizer": tokenizer,
    }
    # These two begin as zeros, which would hide what comes of them.
    for name in ("x_pad_token", "cap_pad_token"):
        torch.nn.init.normal_(getattr(parts["transformer"], name))
    return write_flow_model(folder, "z-image", "ZImagePipeline", parts, SHIFTED_CONFIG)


def write_tiny_qwen_image(folder: Path, pipeline: str = "QwenImagePipeline") -> ModelInfo:
    """Write a Qwen-Image model that draws noise into `folder`, or with the name of its pipeline one
    that edits."""
    torch.manual_seed(5)
    tokenizer = qwen_tokenizer()
    parts: dict[str, Any] = {
        "transformer": QwenImageTransformer2DModel(
            in_channels=4 * CHANNELS,
            out_channels=CHANNELS,
            num_layers=2,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=WIDTH,
            axes_dims_rope=(4, 6, 6),
        ),
        "vae": AutoencoderKLQwenImage(
            base_dim=8,
            z_dim=CHANNELS,
            dim_mult=[1, 1, 1, 1],
            num_res_blocks=1,
            latents_mean=[0.1, -0.2, 0.3, 0.0],
            latents_std=[1.1, 0.9, 2.0, 1.5],
        ),
        "text_encoder": Qwen2_5_VLForConditionalGeneration(
            Qwen2_5_VLConfig(
                image_token_id=tokenizer.convert_tokens_to_ids("<|image_pad|>"),
                vision_start_token_id=tokenizer.convert_tokens_to_ids("<|vision_start|>"),
                vision_end_token_id=tokenizer.convert_tokens_to_ids("<|vision_end|>"),
                text_config={
                    "vocab_size": len(tokenizer),
                    "hidden_size": WIDTH,
                    "intermediate_size": WIDTH,
                    "num_hidden_layers": 2,
                    "num_attention_heads": 2,
                    "num_key_value_heads": 2,
                    "rope_scaling": {"type": "mrope", "mrope_section": [2, 3, 3]},
                },
                vision_config={
                    "depth": 1,
                    "hidden_size": WIDTH,
                    "intermediate_size": WIDTH,
                    "num_heads": 2,
                    "out_hidden_size": WIDTH,
                },
            )
        ),
        "tokenizer": tokenizer,
    }
    if "Edit" in pipeline:
        parts["processor"] = Qwen2VLImageProcessorPil(min_pixels=28 * 28, max_pixels=10**6)
    return write_flow_model(folder, "qwen-image", pipeline, parts, SHIFTED_CONFIG)


def write_tiny_flux2(folder: Path, *, dev: bool = False, distilled: bool = False) -> ModelInfo:
    """Write a FLUX.2 model that draws noise into `folder`: klein's base, `distilled` klein, or
    dev."""
    torch.manual_seed(6)
    tokenizer = qwen_tokenizer()
    text = {
        "vocab_size": len(tokenizer),
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 30,
        "num_attention_heads": 1,
        "num_key_value_heads": 1,
        "head_dim": 8,
    }
    vision = {
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
    }
    parts: dict[str, Any] = {
        "transformer": Flux2Transformer2DModel(
            in_channels=4 * CHANNELS,
            num_layers=1,
            num_single_layers=1,
            attention_head_dim=16,
            num_attention_heads=2,
            joint_attention_dim=24,
            axes_dims_rope=(4, 4, 4, 4),
            guidance_embeds=dev,
        ),
        "vae": AutoencoderKLFlux2(
            block_out_channels=(8, 8, 8, 8),
            layers_per_block=1,
            norm_num_groups=4,
            latent_channels=CHANNELS,
            sample_size=32,
        ),
        "text_encoder": (
            Mistral3ForConditionalGeneration(
                Mistral3Config(
                    text_config={"model_type": "mistral", **text},
                    vision_config={"model_type": "pixtral", **vision},
                )
            )
            if dev
            else Qwen3ForCausalLM(Qwen3Config(**text))
        ),
        "tokenizer": tokenizer,
    }
    with torch.no_grad():
        parts["vae"].bn.running_mean.normal_()
        parts["vae"].bn.running_var.uniform_(0.5, 2)
    pipeline = "Flux2Pipeline" if dev else "Flux2KleinPipeline"
    info = write_flow_model(folder, "flux2", pipeline, parts, SHIFTED_CONFIG)
    index = json.loads((folder / "model_index.json").read_text())
    index["is_distilled"] = distilled
    if dev:
        index["tokenizer"] = ["transformers", "PixtralProcessor"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return info


def qwen_tokenizer() -> Qwen2Tokenizer:
    """Byte by byte, with one merge."""
    letters = sorted(ByteLevel.alphabet())
    special = ["<|im_start|>", "<|im_end|>"]
    special += ["<|vision_start|>", "<|image_pad|>", "<|vision_end|>"]
    words = [*letters, "ca", "<|endoftext|>", *special]
    return Qwen2Tokenizer(
        vocab={word: number for number, word in enumerate(words)},
        merges=[("c", "a")],
        additional_special_tokens=special,
        chat_template=_CHAT,
    )
