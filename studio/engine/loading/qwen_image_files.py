"""Qwen-Image and Qwen-Image-Edit in single files: whole, or a transformer with autoencoder and text
encoder in files of their own.

The transformer has diffusers' own names; the autoencoder has those of Wan, upon which it was built
and which diffusers translates, or diffusers' own. Source: the Qwen team's published models, and
ComfyUI's files of them.
"""

from __future__ import annotations

import re
from typing import Any, Final

import torch
from diffusers import AutoencoderKLQwenImage, QwenImageTransformer2DModel
from diffusers.loaders.single_file_utils import convert_wan_vae_to_diffusers
from transformers import Qwen2VLImageProcessorPil

from studio.engine.loading.bfl import PREFIXES
from studio.engine.loading.language_files import qwen_vl_part
from studio.engine.loading.layout import SHIFTED, Files, Layout, Tokenizer
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.qwen_words import qwen25_tokenizer
from studio.engine.loading.tensors import Shapes, count

_SIGN: Final = "transformer_blocks.0.img_mod.1.weight"
# With this mark, which its makers' own files lack, the pictures to edit are seen without noise.
_SEES_CLEARLY: Final = "__index_timestep_zero__"
_SCHEDULER_CONFIG: Final = {
    **SHIFTED,
    "shift": 1.0,
    "max_shift": 0.9,
    "max_image_seq_len": 8192,
    "shift_terminal": 0.02,
}


def qwen_image_layout(files: Files) -> Layout:
    """Qwen-Image, or one that edits."""
    words = re.split(r"[^a-z0-9]+", files[0].path.stem.lower())
    edits = "edit" in words or any(_SEES_CLEARLY in name for name in files[0].shapes)
    sees_clearly = "2511" in words

    def make(shapes: Shapes) -> Any:
        return _make(shapes, zero_cond_t=sees_clearly or _SEES_CLEARLY in shapes)

    further: dict[str, Tokenizer] = {"processor": _processor} if edits else {}
    return Layout(
        {
            "transformer": FilePart(_SIGN, PREFIXES, make, lambda tensors, network: tensors),
            "vae": FilePart(
                "decoder.conv1.weight",
                ("first_stage_model.", "vae.", ""),
                _make_vae,
                _convert_vae,
                ("decoder.conv_in.weight",),
            ),
            "text_encoder": qwen_vl_part(files),
        },
        lambda info, file: _SCHEDULER_CONFIG,
        {"tokenizer": qwen25_tokenizer, **further},
        {"_class_name": _pipeline(words) if edits else "QwenImagePipeline"},
    )


def _pipeline(words: list[str]) -> str:
    """No tensor tells what the prompt says of the pictures; later ones have their month in their
    names."""
    return "QwenImageEditPlusPipeline" if _is_later(words) else "QwenImageEditPipeline"


def _is_later(words: list[str]) -> bool:
    return "plus" in words or any(re.fullmatch(r"2[5-9](0[1-9]|1[0-2])", word) for word in words)


def _processor() -> Qwen2VLImageProcessorPil:
    """As published with Qwen2.5-VL."""
    return Qwen2VLImageProcessorPil(
        patch_size=14,
        temporal_patch_size=2,
        merge_size=2,
        min_pixels=56 * 56,
        max_pixels=3584 * 3584,
        image_mean=[0.48145466, 0.4578275, 0.40821073],
        image_std=[0.26862954, 0.26130258, 0.27577711],
    )


def _make(shapes: Shapes, *, zero_cond_t: bool) -> Any:
    head = shapes["transformer_blocks.0.attn.norm_q.weight"][0]
    seen = shapes["img_in.weight"][1]
    return QwenImageTransformer2DModel(  # type: ignore[no-untyped-call]
        in_channels=seen,
        out_channels=shapes["proj_out.weight"][0] // 4,
        num_layers=count(shapes, "transformer_blocks.{}."),
        attention_head_dim=head,
        num_attention_heads=shapes["img_in.weight"][0] // head,
        joint_attention_dim=shapes["txt_in.weight"][1],
        axes_dims_rope=(head // 8, 7 * head // 16, 7 * head // 16),
        zero_cond_t=zero_cond_t,
    )


def _make_vae(shapes: Shapes) -> Any:
    first = "conv1" if "encoder.conv1.weight" in shapes else "conv_in"
    return AutoencoderKLQwenImage(  # type: ignore[no-untyped-call]
        base_dim=shapes[f"encoder.{first}.weight"][0],
        z_dim=shapes[f"decoder.{first}.weight"][1],
    )


def _convert_vae(tensors: dict[str, torch.Tensor], vae: Any) -> Converted:
    converted: Converted = convert_wan_vae_to_diffusers(tensors)  # type: ignore[no-untyped-call]
    return converted
