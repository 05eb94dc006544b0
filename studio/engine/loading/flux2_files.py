"""FLUX.2 in single files: nearly always a transformer, with autoencoder and text encoder in files
of their own.

Source of the layout: Black Forest Labs' reference code; transformers and autoencoders are read in
diffusers' names, too.
"""

from __future__ import annotations

import math
import re
from typing import Any, Final

import torch
from diffusers import AutoencoderKLFlux2, Flux2Transformer2DModel

from studio.engine.loading.bfl import OF_EVERY_FLUX, PREFIXES, WORDS, scale_first
from studio.engine.loading.language_files import mistral_part, qwen3_part
from studio.engine.loading.layout import SHIFTED, Files, Layout
from studio.engine.loading.ldm import autoencoder_config, convert_autoencoder
from studio.engine.loading.parts import Converted, FilePart
from studio.engine.loading.qwen_words import qwen3_tokenizer
from studio.engine.loading.renaming import Names, convert, renamed
from studio.engine.loading.tekken_words import tekken_tokenizer
from studio.engine.loading.tensors import Shapes, count

_SIGN: Final = "double_stream_modulation_img.lin.weight"
_DIFFUSERS_SIGN: Final = "double_stream_modulation_img.linear.weight"
_GUIDANCE: Final = "time_guidance_embed.guidance_embedder.linear_1.weight"
_TIME: Final = "time_guidance_embed.timestep_embedder.linear_1.weight"
_SAMPLE_PX: Final = 1024
_NAMES: Final[Names] = (
    *OF_EVERY_FLUX,
    (r"(time|guidance)_in", (r"time_guidance_embed.\1_embedder",)),
    (r"(_stream_modulation\w*)\.lin\b", (r"\1.linear",)),
    (r"img_mlp\.0", ("ff.linear_in",)),
    (r"img_mlp\.2", ("ff.linear_out",)),
    (r"txt_mlp\.0", ("ff_context.linear_in",)),
    (r"txt_mlp\.2", ("ff_context.linear_out",)),
    (r"linear1", ("attn.to_qkv_mlp_proj",)),
    (r"linear2", ("attn.to_out",)),
)


def flux2_layout(files: Files) -> Layout:
    """FLUX.2 dev, which guidance is built into and Mistral reads prompts for, or klein with
    Qwen3."""
    transformer = FilePart(_SIGN, PREFIXES, _make, _convert, (_DIFFUSERS_SIGN,))
    found = transformer.find(files)
    is_dev = found is not None and _GUIDANCE in _ours(found.shapes)
    return Layout(
        {
            "transformer": transformer,
            "vae": FilePart(
                "decoder.conv_in.weight",
                ("first_stage_model.", "vae.", ""),
                _make_vae,
                _convert_vae,
            ),
            "text_encoder": mistral_part() if is_dev else qwen3_part(),
        },
        lambda info, file: SHIFTED,
        {"tokenizer": (lambda: tekken_tokenizer(files)) if is_dev else qwen3_tokenizer},
        {"is_distilled": _is_distilled(files)},
    )


def _is_distilled(files: Files) -> bool:
    """No tensor tells klein from its base; its makers' names do."""
    words = re.split(r"[^a-z0-9]+", files[0].path.stem.lower())
    return "klein" in words and "base" not in words


def _make(shapes: Shapes) -> Any:
    shapes = _ours(shapes)
    width, seen = shapes["x_embedder.weight"]
    head = shapes["transformer_blocks.0.attn.norm_k.weight"][0]
    return Flux2Transformer2DModel(  # type: ignore[no-untyped-call]
        in_channels=seen,
        out_channels=shapes["proj_out.weight"][0],
        num_layers=count(shapes, "transformer_blocks.{}."),
        num_single_layers=count(shapes, "single_transformer_blocks.{}."),
        attention_head_dim=head,
        num_attention_heads=width // head,
        joint_attention_dim=shapes["context_embedder.weight"][1],
        timestep_guidance_channels=shapes[_TIME][1],
        mlp_ratio=shapes["transformer_blocks.0.ff.linear_out.weight"][1] / width,
        axes_dims_rope=(head // 4,) * 4,
        guidance_embeds=_GUIDANCE in shapes,
    )


def _ours(shapes: Shapes) -> Shapes:
    """By diffusers' names, but for what is several there."""
    named = ((renamed(theirs, _NAMES, WORDS), shape) for theirs, shape in shapes.items())
    return {names[0]: shape for names, shape in named}


def _convert(tensors: dict[str, torch.Tensor], network: Any) -> Converted:
    return convert(scale_first(tensors), network, _NAMES, WORDS)


def _make_vae(shapes: Shapes) -> Any:
    shapes = {_bare(name): shape for name, shape in shapes.items()}
    config = autoencoder_config(shapes)
    # A small one has a decoder that is narrower than its encoder.
    widest = config["block_out_channels"][-1]
    share = shapes["decoder.conv_in.weight"][0] / widest
    decoder = [math.ceil(channels * share) for channels in config["block_out_channels"]]
    return AutoencoderKLFlux2.from_config(  # type: ignore[no-untyped-call]
        {**config, "decoder_block_out_channels": decoder, "sample_size": _SAMPLE_PX}
    )


def _convert_vae(tensors: dict[str, torch.Tensor], vae: Any) -> Converted:
    bare = {_bare(name): tensor for name, tensor in tensors.items()}
    spread = {name: tensor for name, tensor in bare.items() if name.startswith("bn.")}
    counted = {"bn.num_batches_tracked": torch.tensor(0)}
    return {**counted, **convert_autoencoder(bare, vae), **spread}


def _bare(name: str) -> str:
    """Their coders hold the convolutions that come before and after."""
    return re.sub(r"^(encoder|decoder)\.((post_)?quant_conv)", r"\2", name)
