"""Tiny FLUX.2, Z-Image and Qwen-Image as single files, in the layouts that ComfyUI's files have.

The names are written down here the other way round than in the loader, so that a slip shows.
"""

from __future__ import annotations

import base64
import json
import re
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
from transformers import (
    Mistral3Config,
    Mistral3ForConditionalGeneration,
    Qwen2_5_VLConfig,
    Qwen2_5_VLForConditionalGeneration,
    Qwen2VLImageProcessorPil,
    Qwen3Config,
    Qwen3ForCausalLM,
    Qwen3Model,
)

from studio.domain.model import ModelInfo
from studio.engine.loading.qwen_words import qwen3_tokenizer, qwen25_tokenizer
from studio.engine.loading.tekken_words import tekken_tokenizer
from studio.engine.loading.tensors import Tensors as FileTensors
from tests.support.flow_files import (
    Tensors,
    fuse,
    renamed,
    shifted_autoencoder,
    swapped,
    write_file,
)
from tests.support.ldm_files import ldm_autoencoder
from tests.support.tiny_flow_models import FLOW_CONFIG, SHIFTED_CONFIG, write_flow_model

WIDTH = 32
QWEN_CONFIG = {
    **SHIFTED_CONFIG,
    "shift": 1.0,
    "max_shift": 0.9,
    "max_image_seq_len": 8192,
    "shift_terminal": 0.02,
}

_FLUX2_NAMES = {
    "time_guidance_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_guidance_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_guidance_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_guidance_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "double_stream_modulation_img.linear": "double_stream_modulation_img.lin",
    "double_stream_modulation_txt.linear": "double_stream_modulation_txt.lin",
    "single_stream_modulation.linear": "single_stream_modulation.lin",
    "context_embedder": "txt_in",
    "x_embedder": "img_in",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
    "proj_out": "final_layer.linear",
}
_FLUX2_DOUBLE_NAMES = {
    "attn.norm_added_q.weight": "txt_attn.norm.query_norm.scale",
    "attn.norm_added_k.weight": "txt_attn.norm.key_norm.scale",
    "attn.norm_q.weight": "img_attn.norm.query_norm.scale",
    "attn.norm_k.weight": "img_attn.norm.key_norm.scale",
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff_context.linear_in": "txt_mlp.0",
    "ff_context.linear_out": "txt_mlp.2",
    "ff.linear_in": "img_mlp.0",
    "ff.linear_out": "img_mlp.2",
}
_FLUX2_SINGLE_NAMES = {
    "attn.norm_q.weight": "norm.query_norm.scale",
    "attn.norm_k.weight": "norm.key_norm.scale",
    "attn.to_qkv_mlp_proj": "linear1",
    "attn.to_out": "linear2",
}
_WAN_RESIDUAL = {
    "norm1": "residual.0",
    "conv1": "residual.2",
    "norm2": "residual.3",
    "conv2": "residual.6",
    "conv_shortcut": "shortcut",
}
_WAN_NAMES = {
    "quant_conv": "conv1",
    "post_quant_conv": "conv2",
    "encoder.conv_in": "encoder.conv1",
    "decoder.conv_in": "decoder.conv1",
    "encoder.norm_out": "encoder.head.0",
    "decoder.norm_out": "decoder.head.0",
    "encoder.conv_out": "encoder.head.2",
    "decoder.conv_out": "decoder.head.2",
}


def write_z_image_parts(folder: Path) -> tuple[ModelInfo, dict[str, Any]]:
    """Write a tiny Z-Image Turbo that could be in single files into `folder`: what a catalog would
    say of it, and its parts."""
    torch.manual_seed(7)
    parts: dict[str, Any] = {
        "transformer": ZImageTransformer2DModel(
            in_channels=16,
            dim=WIDTH,
            n_layers=2,
            n_refiner_layers=1,
            n_heads=2,
            n_kv_heads=2,
            cap_feat_dim=WIDTH,
            axes_dims=[4, 6, 6],
            axes_lens=[1536, 64, 64],
        ),
        "vae": shifted_autoencoder(0.3611, 0.1159),
        "text_encoder": Qwen3Model(_qwen3_config(2)),
        "tokenizer": qwen3_tokenizer(),
    }
    for name in ("x_pad_token", "cap_pad_token"):
        torch.nn.init.normal_(getattr(parts["transformer"], name))
    return write_flow_model(folder, "z-image", "ZImagePipeline", parts, FLOW_CONFIG), parts


def write_klein_parts(folder: Path) -> tuple[ModelInfo, dict[str, Any]]:
    """The same of the base of FLUX.2 klein."""
    torch.manual_seed(8)
    parts = {
        "transformer": _flux2_network(3 * WIDTH, guidance_embeds=False),
        "vae": _flux2_autoencoder(),
        "text_encoder": Qwen3ForCausalLM(_qwen3_config(28)),
        "tokenizer": qwen3_tokenizer(),
    }
    return write_flow_model(folder, "flux2", "Flux2KleinPipeline", parts, SHIFTED_CONFIG), parts


def write_flux2_parts(folder: Path) -> tuple[ModelInfo, dict[str, Any]]:
    """The same of FLUX.2 dev."""
    torch.manual_seed(9)
    words = write_file({"tekken_model": tekken_words()}, folder.with_name("words.safetensors"))
    tokenizer = tekken_tokenizer([FileTensors.of(words)])
    text = {
        "model_type": "mistral",
        "vocab_size": len(tokenizer),
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 31,
        "num_attention_heads": 2,
        "num_key_value_heads": 1,
        "head_dim": 128,
        "max_position_embeddings": 131072,
        "rms_norm_eps": 1e-5,
        "sliding_window": None,
        "rope_parameters": {"rope_type": "default", "rope_theta": 1e9},
    }
    vision = {
        "model_type": "pixtral",
        "hidden_size": 8,
        "intermediate_size": 8,
        "num_hidden_layers": 1,
        "num_attention_heads": 1,
    }
    config = Mistral3Config(text_config=text, vision_config=vision)
    parts = {
        "transformer": _flux2_network(3 * 8, guidance_embeds=True),
        "vae": _flux2_autoencoder(),
        "text_encoder": Mistral3ForConditionalGeneration(config),
        "tokenizer": tokenizer,
    }
    info = write_flow_model(folder, "flux2", "Flux2Pipeline", parts, SHIFTED_CONFIG)
    index = json.loads((folder / "model_index.json").read_text())
    index["tokenizer"] = ["transformers", "PreTrainedTokenizerFast"]
    (folder / "model_index.json").write_text(json.dumps(index))
    return info, parts


def write_qwen_image_parts(
    folder: Path, pipeline: str = "QwenImagePipeline", *, zero_cond_t: bool = False
) -> tuple[ModelInfo, dict[str, Any]]:
    """The same of Qwen-Image, or with the name of its pipeline one that edits."""
    torch.manual_seed(10)
    tokenizer = qwen25_tokenizer()
    parts: dict[str, Any] = {
        "transformer": QwenImageTransformer2DModel(
            in_channels=64,
            out_channels=16,
            num_layers=2,
            attention_head_dim=32,
            num_attention_heads=1,
            joint_attention_dim=WIDTH,
            axes_dims_rope=(4, 14, 14),
            zero_cond_t=zero_cond_t,
        ),
        "vae": AutoencoderKLQwenImage(base_dim=8, z_dim=16),
        "text_encoder": Qwen2_5_VLForConditionalGeneration(_qwen_vl_config(len(tokenizer))),
        "tokenizer": tokenizer,
    }
    if "Edit" in pipeline:
        parts["processor"] = Qwen2VLImageProcessorPil(min_pixels=3136, max_pixels=12845056)
    return write_flow_model(folder, "qwen-image", pipeline, parts, QWEN_CONFIG), parts


def z_image_transformer(network: Any) -> Tensors:
    """As in z_image_turbo_bf16.safetensors."""
    tensors = network.state_dict()
    result = {"norm_final.weight": torch.ones(WIDTH)}
    for name, tensor in tensors.items():
        theirs = re.sub(r"^all_(\w+)\.2-1\.", r"\1.", name)
        theirs = re.sub(r"attention\.norm_([qk])", r"attention.\1_norm", theirs)
        theirs = theirs.replace("attention.to_out.0", "attention.out")
        if "attention.to_q." in theirs:
            three = [tensors[name.replace("to_q", f"to_{which}")] for which in "qkv"]
            result[theirs.replace("to_q", "qkv")] = torch.cat(three)
        elif not re.search(r"attention\.to_[kv]\.", theirs):
            result[theirs] = tensor
    return result


def flux2_transformer(network: Any) -> Tensors:
    """As in flux2_dev and flux-2-klein-4b."""

    def theirs(name: str) -> str:
        if match := re.match(r"transformer_blocks\.(\d+)\.(.*)", name):
            return f"double_blocks.{match[1]}.{renamed(match[2], _FLUX2_DOUBLE_NAMES)}"
        if match := re.match(r"single_transformer_blocks\.(\d+)\.(.*)", name):
            return f"single_blocks.{match[1]}.{renamed(match[2], _FLUX2_SINGLE_NAMES)}"
        return renamed(name, _FLUX2_NAMES)

    def fused(names: tuple[str, ...], block: str) -> tuple[tuple[str, ...], str]:
        return names, "txt_attn.qkv" if "add" in names[0] else "img_attn.qkv"

    return swapped(fuse(network.state_dict(), theirs, fused))


def flux2_autoencoder(vae: Any) -> Tensors:
    """As in the file that Black Forest Labs publish."""
    tensors = vae.state_dict()
    coders = {name: tensor for name, tensor in tensors.items() if not name.startswith("bn.")}
    spread = {name: tensor for name, tensor in tensors.items() if name.startswith("bn.")}
    theirs = {
        re.sub(
            r"^(post_)?quant_conv", lambda m: ("decoder." if m[1] else "encoder.") + m[0], name
        ): t
        for name, t in ldm_autoencoder(coders).items()
    }
    return {**theirs, **spread}


def wan_autoencoder(vae: Any) -> Tensors:
    """As in qwen_image_vae.safetensors."""

    def theirs(name: str) -> str:
        name = re.sub(r"mid_block\.attentions\.0", "middle.1", name)
        name = re.sub(r"mid_block\.resnets\.(\d)", lambda m: f"middle.{2 * int(m[1])}", name)
        name = name.replace("encoder.down_blocks", "encoder.downsamples")
        name = re.sub(
            r"decoder\.up_blocks\.(\d)\.resnets\.(\d)",
            lambda m: f"decoder.upsamples.{4 * int(m[1]) + int(m[2])}",
            name,
        )
        name = re.sub(
            r"decoder\.up_blocks\.(\d)\.upsamplers\.0",
            lambda m: f"decoder.upsamples.{4 * int(m[1]) + 3}",
            name,
        )
        if match := re.match(r"(.*\.\d+)\.(norm1|norm2|conv1|conv2|conv_shortcut)\.(.*)", name):
            return f"{match[1]}.{_WAN_RESIDUAL[match[2]]}.{match[3]}"
        return renamed(name, _WAN_NAMES)

    return {theirs(name): tensor for name, tensor in vae.state_dict().items()}


def qwen3(encoder: Any) -> Tensors:
    """As in qwen_3_4b.safetensors."""
    return {
        name if name.startswith(("model.", "lm_head.")) else f"model.{name}": tensor
        for name, tensor in encoder.state_dict().items()
    }


def qwen_vl(encoder: Any) -> Tensors:
    """As in qwen_2.5_vl_7b.safetensors."""
    return {
        name.replace("model.language_model.", "model.").replace("model.visual.", "visual."): tensor
        for name, tensor in encoder.state_dict().items()
    }


def mistral(encoder: Any) -> Tensors:
    """As in mistral_3_small_flux2_bf16.safetensors: what FLUX.2 doesn't look at is left out."""
    tensors = {"tekken_model": tekken_words()}
    for name, tensor in encoder.state_dict().items():
        theirs = name.replace("model.language_model.", "model.")
        if theirs.startswith("model.embed_tokens.") or re.match(
            r"model\.layers\.([12]?\d)\.", theirs
        ):
            tensors[theirs] = tensor
    return tensors


def tekken_words() -> torch.Tensor:
    """The bytes of a small tekken.json: all bytes, and one merge."""
    words = [bytes([number]) for number in range(256)] + [b"ca"]
    controls = ["<unk>", "<s>", "</s>", "[INST]", "[/INST]", "<pad>"]
    controls += ["[SYSTEM_PROMPT]", "[/SYSTEM_PROMPT]"]
    content = {
        "config": {
            "pattern": r" ?\p{L}+|\p{N}| ?[^\s\p{L}\p{N}]+|\s+",
            "default_vocab_size": 20 + len(words),
            "default_num_special_tokens": 20,
            "version": "v7",
        },
        "vocab": [
            {"rank": rank, "token_bytes": base64.b64encode(word).decode(), "token_str": None}
            for rank, word in enumerate(words)
        ],
        "special_tokens": [
            {"rank": rank, "token_str": word, "is_control": True}
            for rank, word in enumerate(controls)
        ],
    }
    return torch.frombuffer(bytearray(json.dumps(content).encode()), dtype=torch.uint8)


def _flux2_network(read: int, *, guidance_embeds: bool) -> Flux2Transformer2DModel:
    return Flux2Transformer2DModel(
        in_channels=128,
        num_layers=2,
        num_single_layers=2,
        attention_head_dim=16,
        num_attention_heads=2,
        joint_attention_dim=read,
        axes_dims_rope=(4, 4, 4, 4),
        guidance_embeds=guidance_embeds,
    )


def _flux2_autoencoder() -> AutoencoderKLFlux2:
    vae = AutoencoderKLFlux2(block_out_channels=(32, 32, 32, 32), layers_per_block=1)
    with torch.no_grad():
        vae.bn.running_mean.normal_()
        vae.bn.running_var.uniform_(0.5, 2)
    return vae


def _qwen3_config(layers: int) -> Qwen3Config:
    """klein's could read for Z-Image, too."""
    return Qwen3Config(
        vocab_size=151936,
        hidden_size=WIDTH,
        intermediate_size=WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=2,
        num_key_value_heads=1,
        head_dim=16,
        max_position_embeddings=40960,
        rms_norm_eps=1e-6,
        rope_parameters={"rope_type": "default", "rope_theta": 1e6},
    )


def _qwen_vl_config(words: int) -> Qwen2_5_VLConfig:
    return Qwen2_5_VLConfig(
        image_token_id=151655,
        video_token_id=151656,
        vision_start_token_id=151652,
        vision_end_token_id=151653,
        text_config={
            "vocab_size": words,
            "hidden_size": WIDTH,
            "intermediate_size": WIDTH,
            "num_hidden_layers": 2,
            "num_attention_heads": 1,
            "num_key_value_heads": 1,
            "max_position_embeddings": 128000,
            "rms_norm_eps": 1e-6,
            "rope_parameters": {
                "rope_type": "default",
                "rope_theta": 1e6,
                "mrope_section": [4, 6, 6],
            },
        },
        vision_config={
            "depth": 1,
            "hidden_size": WIDTH,
            "intermediate_size": WIDTH,
            "num_heads": 1,
            "out_hidden_size": WIDTH,
            "tokens_per_second": 2,
        },
    )
