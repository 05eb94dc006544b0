"""Tiny FLUX.1 and Stable Diffusion 3 as single files, in the layouts that ComfyUI's files have.

The names are written down here the other way round than in the loader, so that a slip shows.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import torch
from diffusers import AutoencoderKL, FluxTransformer2DModel, SD3Transformer2DModel
from safetensors.torch import save_file
from transformers import (
    CLIPTextConfig,
    CLIPTextModel,
    CLIPTextModelWithProjection,
    T5Config,
    T5EncoderModel,
)

from studio.engine.loading.clip_words import WORDS, clip_tokenizer
from studio.engine.loading.t5_words import t5_tokenizer
from tests.support.ldm_files import ldm_autoencoder
from tests.support.tiny_flow_models import FLOW_CONFIG, SHIFTED_CONFIG, WIDTH, write_flow_model

Tensors = dict[str, torch.Tensor]
T5_WORDS = 32128

_FLUX_NAMES = {
    "time_text_embed.timestep_embedder.linear_1": "time_in.in_layer",
    "time_text_embed.timestep_embedder.linear_2": "time_in.out_layer",
    "time_text_embed.text_embedder.linear_1": "vector_in.in_layer",
    "time_text_embed.text_embedder.linear_2": "vector_in.out_layer",
    "time_text_embed.guidance_embedder.linear_1": "guidance_in.in_layer",
    "time_text_embed.guidance_embedder.linear_2": "guidance_in.out_layer",
    "context_embedder": "txt_in",
    "x_embedder": "img_in",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
}
_DOUBLE_NAMES = {
    "norm1_context.linear": "txt_mod.lin",
    "norm1.linear": "img_mod.lin",
    "attn.norm_added_q.weight": "txt_attn.norm.query_norm.scale",
    "attn.norm_added_k.weight": "txt_attn.norm.key_norm.scale",
    "attn.norm_q.weight": "img_attn.norm.query_norm.scale",
    "attn.norm_k.weight": "img_attn.norm.key_norm.scale",
    "attn.to_out.0": "img_attn.proj",
    "attn.to_add_out": "txt_attn.proj",
    "ff_context.net.0.proj": "txt_mlp.0",
    "ff_context.net.2": "txt_mlp.2",
    "ff.net.0.proj": "img_mlp.0",
    "ff.net.2": "img_mlp.2",
}
_SINGLE_NAMES = {
    "norm.linear": "modulation.lin",
    "attn.norm_q.weight": "norm.query_norm.scale",
    "attn.norm_k.weight": "norm.key_norm.scale",
    "proj_out": "linear2",
}
_SD3_NAMES = {
    "pos_embed.pos_embed": "pos_embed",
    "pos_embed.proj": "x_embedder.proj",
    "time_text_embed.timestep_embedder.linear_1": "t_embedder.mlp.0",
    "time_text_embed.timestep_embedder.linear_2": "t_embedder.mlp.2",
    "time_text_embed.text_embedder.linear_1": "y_embedder.mlp.0",
    "time_text_embed.text_embedder.linear_2": "y_embedder.mlp.2",
    "norm_out.linear": "final_layer.adaLN_modulation.1",
    "proj_out": "final_layer.linear",
}
_JOINT_NAMES = {
    "norm1_context.linear": "context_block.adaLN_modulation.1",
    "norm1.linear": "x_block.adaLN_modulation.1",
    "attn.norm_added_q": "context_block.attn.ln_q",
    "attn.norm_added_k": "context_block.attn.ln_k",
    "attn.norm_q": "x_block.attn.ln_q",
    "attn.norm_k": "x_block.attn.ln_k",
    "attn2.norm_q": "x_block.attn2.ln_q",
    "attn2.norm_k": "x_block.attn2.ln_k",
    "attn.to_out.0": "x_block.attn.proj",
    "attn2.to_out.0": "x_block.attn2.proj",
    "attn.to_add_out": "context_block.attn.proj",
    "ff_context.net.0.proj": "context_block.mlp.fc1",
    "ff_context.net.2": "context_block.mlp.fc2",
    "ff.net.0.proj": "x_block.mlp.fc1",
    "ff.net.2": "x_block.mlp.fc2",
}
_FUSED = {
    "attn.to_q": ("attn.to_q", "attn.to_k", "attn.to_v"),
    "attn2.to_q": ("attn2.to_q", "attn2.to_k", "attn2.to_v"),
    "attn.add_q_proj": ("attn.add_q_proj", "attn.add_k_proj", "attn.add_v_proj"),
}


def write_flux_parts(folder: Path, *, guidance_embeds: bool = True, fill: bool = False) -> Any:
    """Write a tiny FLUX.1 that could be in single files into `folder`: what a catalog would say of
    it, and its parts."""
    torch.manual_seed(4)
    parts = {
        "transformer": FluxTransformer2DModel(
            in_channels=4 * (2 * 16 + 64) if fill else 64,
            out_channels=64,
            num_layers=2,
            num_single_layers=1,
            attention_head_dim=128,
            num_attention_heads=1,
            joint_attention_dim=WIDTH,
            pooled_projection_dim=WIDTH,
            guidance_embeds=guidance_embeds,
        ),
        "vae": shifted_autoencoder(0.3611, 0.1159),
        "text_encoder": CLIPTextModel(_clip_config()),
        "tokenizer": clip_tokenizer(),
        "text_encoder_2": _t5(WIDTH),
        "tokenizer_2": t5_tokenizer(),
    }
    config = SHIFTED_CONFIG if guidance_embeds else {**FLOW_CONFIG, "shift": 1.0}
    return write_flow_model(folder, "flux", "FluxPipeline", parts, config), parts


def write_sd3_parts(folder: Path, *, t5: bool = True) -> Any:
    """The same of a Stable Diffusion 3.5."""
    torch.manual_seed(5)
    width = 2 * WIDTH + 8
    parts = {
        "transformer": SD3Transformer2DModel(
            patch_size=2,
            in_channels=16,
            out_channels=16,
            num_layers=2,
            attention_head_dim=64,
            num_attention_heads=1,
            joint_attention_dim=width,
            caption_projection_dim=64,
            pooled_projection_dim=2 * WIDTH,
            pos_embed_max_size=16,
            dual_attention_layers=(0,),
            qk_norm="rms_norm",
        ),
        "vae": shifted_autoencoder(1.5305, 0.0609),
        "text_encoder": CLIPTextModelWithProjection(_clip_config()),
        "tokenizer": clip_tokenizer(),
        "text_encoder_2": CLIPTextModelWithProjection(_clip_config(13)),
        "tokenizer_2": clip_tokenizer("!"),
    }
    if t5:
        parts |= {"text_encoder_3": _t5(width), "tokenizer_3": t5_tokenizer()}
    return write_flow_model(folder, "sd3", "StableDiffusion3Pipeline", parts, FLOW_CONFIG), parts


def whole_flux(parts: Mapping[str, Any]) -> Tensors:
    """All of FLUX.1 in one checkpoint."""
    return {
        **below("model.diffusion_model.", flux_transformer(parts["transformer"])),
        **below("vae.", ldm_autoencoder(parts["vae"].state_dict())),
        **below("text_encoders.clip_l.transformer.", clip(parts["text_encoder"])),
        **below("text_encoders.t5xxl.transformer.", t5_encoder(parts["text_encoder_2"])),
    }


def whole_sd3(parts: Mapping[str, Any]) -> Tensors:
    """All of Stable Diffusion 3 in one checkpoint."""
    tensors = {
        **below("model.diffusion_model.", sd3_transformer(parts["transformer"])),
        **below("first_stage_model.", ldm_autoencoder(parts["vae"].state_dict())),
        **below("text_encoders.clip_l.transformer.", clip(parts["text_encoder"])),
        **below("text_encoders.clip_g.transformer.", clip(parts["text_encoder_2"])),
    }
    if "text_encoder_3" in parts:
        tensors |= below("text_encoders.t5xxl.transformer.", t5_encoder(parts["text_encoder_3"]))
    return tensors


def write_file(tensors: Tensors, path: Path) -> Path:
    """A safetensors file of copies: tied weights lie in it once for each name."""
    save_file({name: tensor.clone().contiguous() for name, tensor in tensors.items()}, path)
    return path


def below(prefix: str, tensors: Tensors) -> Tensors:
    return {prefix + name: tensor for name, tensor in tensors.items()}


def flux_transformer(network: Any) -> Tensors:
    """As in flux1-dev.safetensors."""
    tensors = network.state_dict()

    def theirs(name: str) -> str:
        if match := re.match(r"transformer_blocks\.(\d+)\.(.*)", name):
            return f"double_blocks.{match[1]}.{renamed(match[2], _DOUBLE_NAMES)}"
        if match := re.match(r"single_transformer_blocks\.(\d+)\.(.*)", name):
            return f"single_blocks.{match[1]}.{renamed(match[2], _SINGLE_NAMES)}"
        if name.startswith("proj_out"):
            return "final_layer.linear" + name.removeprefix("proj_out")
        return renamed(name, _FLUX_NAMES)

    def fused(names: tuple[str, ...], block: str) -> tuple[tuple[str, ...], str]:
        if block.startswith("single"):
            return (*names, "proj_mlp"), "linear1"
        return names, "txt_attn.qkv" if "add" in names[0] else "img_attn.qkv"

    return swapped(fuse(tensors, theirs, fused))


def sd3_transformer(network: Any) -> Tensors:
    """As in sd3.5_medium.safetensors."""
    tensors = network.state_dict()
    layers = network.config.num_layers

    def theirs(name: str) -> str:
        if match := re.match(r"transformer_blocks\.(\d+)\.(.*)", name):
            return f"joint_blocks.{match[1]}.{renamed(match[2], _JOINT_NAMES)}"
        return renamed(name, _SD3_NAMES)

    def fused(names: tuple[str, ...], block: str) -> tuple[tuple[str, ...], str]:
        if "add" in names[0]:
            return names, "context_block.attn.qkv"
        return names, f"x_block.{names[0].partition('.')[0]}.qkv"

    last = f"joint_blocks.{layers - 1}.context_block.adaLN_modulation.1"
    return swapped(fuse(tensors, theirs, fused), last)


def clip(encoder: Any) -> Tensors:
    """As in clip_l.safetensors."""
    return {
        name if name.startswith("text_") else "text_model." + name: tensor
        for name, tensor in encoder.state_dict().items()
    }


def t5_encoder(encoder: Any) -> Tensors:
    """As in t5xxl_fp16.safetensors: the words are there once."""
    tensors: Tensors = encoder.state_dict()
    return {n: tensor for n, tensor in tensors.items() if n != "encoder.embed_tokens.weight"}


def fuse(
    tensors: Tensors,
    theirs: Callable[[str], str],
    fused: Callable[[tuple[str, ...], str], tuple[tuple[str, ...], str]],
) -> Tensors:
    result = {}
    used: set[str] = set()
    for name in tensors:
        match = re.match(r"(\w+_blocks\.\d+)\.(.*)\.(weight|bias)$", name)
        if match and match[2] in _FUSED:
            several, one = fused(_FUSED[match[2]], match[1])
            names = [f"{match[1]}.{each}.{match[3]}" for each in several]
            used |= set(names)
            block = theirs(f"{match[1]}.").rstrip(".")
            result[f"{block}.{one}.{match[3]}"] = torch.cat([tensors[each] for each in names])
    return result | {theirs(name): tensors[name] for name in tensors.keys() - used}


def swapped(tensors: Tensors, *others: str) -> Tensors:
    """diffusers scales first and shifts then."""
    ends = ("final_layer.adaLN_modulation.1", *others)
    return {
        name: torch.cat(tensor.chunk(2)[::-1]) if name.startswith(ends) else tensor
        for name, tensor in tensors.items()
    }


def renamed(name: str, names: Mapping[str, str]) -> str:
    for ours, theirs in names.items():
        if name.startswith(ours):
            return theirs + name.removeprefix(ours)
    return name


def shifted_autoencoder(scaling_factor: float, shift_factor: float) -> AutoencoderKL:
    """As those of FLUX.1, Stable Diffusion 3 and Z-Image."""
    return AutoencoderKL(
        block_out_channels=(32, 32, 32, 32),
        down_block_types=("DownEncoderBlock2D",) * 4,
        up_block_types=("UpDecoderBlock2D",) * 4,
        layers_per_block=1,
        norm_num_groups=32,
        latent_channels=16,
        sample_size=1024,
        scaling_factor=scaling_factor,
        shift_factor=shift_factor,
        use_quant_conv=False,
        use_post_quant_conv=False,
    )


def _clip_config(layers: int = 2) -> CLIPTextConfig:
    return CLIPTextConfig(
        vocab_size=WORDS,
        hidden_size=WIDTH,
        intermediate_size=4 * WIDTH,
        projection_dim=WIDTH,
        num_hidden_layers=layers,
        num_attention_heads=1,
        hidden_act="quick_gelu",
        bos_token_id=WORDS - 2,
        eos_token_id=WORDS - 1,
        pad_token_id=WORDS - 1,
    )


def _t5(width: int) -> T5EncoderModel:
    return T5EncoderModel(
        T5Config(
            vocab_size=T5_WORDS,
            d_model=width,
            d_kv=8,
            d_ff=WIDTH,
            num_layers=2,
            num_heads=4,
            feed_forward_proj="gated-gelu",
        )
    )
