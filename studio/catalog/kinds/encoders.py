"""Text encoders and image encoders that lie in files of their own.

Sources: OpenAI's CLIP and OpenCLIP (widths of their layers), Google's T5 and SigLIP, Qwen and
Mistral, in transformers' names, OpenCLIP's own and llama.cpp's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from studio.catalog.kinds.finding import Finding, Weights
from studio.domain.addons import AddonKind

EYES: Final = "-vision"
"""How the variant of what sees for a language model ends."""

# CLIP's text encoders by how wide their tokens are.
_CLIP_TEXT: Final[Mapping[int, str]] = {768: "clip-l", 1024: "clip-h", 1280: "clip-g"}
_CLIP_IMAGE: Final[Mapping[int, str]] = {1024: "clip-l", 1280: "clip-h", 1664: "clip-g"}
# Language models by how wide their tokens are and whether queries are normalised; with the family
# that is alone in using them, if one is.
_LANGUAGE: Final[Mapping[tuple[int, bool], tuple[str, str]]] = {
    (3584, False): ("qwen2.5-vl-7b", "qwen-image"),
    (2048, False): ("qwen2.5-vl-3b", ""),
    (2560, True): ("qwen3-4b", ""),
    (4096, True): ("qwen3-8b", "flux2"),
    (5120, False): ("mistral-small-3", "flux2"),
    (2304, False): ("gemma-2-2b", ""),
}
# By what llama.cpp calls their kinds: others are as wide.
_ARCHITECTURES: Final[Mapping[str, tuple[str, ...]]] = {
    "qwen2.5-vl-7b": ("qwen2vl",),
    "qwen2.5-vl-3b": ("qwen2vl",),
    "qwen3-4b": ("qwen3",),
    "qwen3-8b": ("qwen3",),
    "mistral-small-3": ("llama", "mistral3"),
    "gemma-2-2b": ("gemma2",),
}
# What sees for Qwen2.5-VL in llama.cpp's files, by how wide its tokens are.
_SEEING: Final[Mapping[int, str]] = {3584: "qwen2.5-vl-7b", 2048: "qwen2.5-vl-3b"}
_SEEING_SIGNS: Final = (
    "v.patch_embd.weight",
    "v.patch_embd.weight.1",
    "v.blk.0.ffn_gate.weight",
    "mm.2.weight",
)
# Where widths are those of none of them, as in a pruned one, by words in the file's name.
_NAMED: Final[tuple[tuple[str, tuple[str, ...]], ...]] = (
    ("clip-l", ("clip_l", "clip-l", "vit-l")),
    ("clip-g", ("clip_g", "clip-g", "bigg")),
    ("clip-h", ("clip_h", "clip-h", "vit-h")),
    ("t5-xxl", ("t5xxl", "t5-xxl", "t5_xxl")),
    ("qwen2.5-vl-7b", ("qwen_2.5_vl_7b", "qwen2.5-vl-7b", "qwen2.5_vl_7b")),
    ("qwen3-4b", ("qwen_3_4b", "qwen3-4b", "qwen3_4b")),
    ("qwen3-8b", ("qwen_3_8b", "qwen3-8b", "qwen3_8b")),
    ("mistral-small-3", ("mistral_3_small", "mistral-small-3")),
)
_CLIP_TOKENS: Final = (
    "text_model.embeddings.token_embedding.weight",
    "transformer.text_model.embeddings.token_embedding.weight",
    "clip_l.transformer.text_model.embeddings.token_embedding.weight",
    "clip_g.transformer.text_model.embeddings.token_embedding.weight",
)
_OPEN_CLIP_TOKENS: Final = "token_embedding.weight"
_T5_QUERIES: Final = "encoder.block.0.layer.0.SelfAttention.q.weight"
_T5_GGUF_QUERIES: Final = "enc.blk.0.attn_q.weight"
_T5_TOKENS: Final = ("shared.weight", "token_embd.weight")
_UMT5_WORDS: Final = 250_000
_LANGUAGE_TOKENS: Final = (
    "model.embed_tokens.weight",
    "model.language_model.embed_tokens.weight",
    "language_model.model.embed_tokens.weight",
    "embed_tokens.weight",
    "token_embd.weight",
)
_PATCHES: Final = (
    "vision_model.embeddings.patch_embedding.weight",
    "visual.conv1.weight",
    "embeddings.patch_embedding.weight",
)
_EYES: Final = ("clip-vit", "clip_vit", "vision")


def find_encoder(weights: Weights) -> Finding | None:
    """A text encoder or an image encoder."""
    if weights.has("concept_embeds"):
        return None  # a safety checker, built like an image encoder
    return _text_encoder(weights) or _image_encoder(weights)


def _text_encoder(weights: Weights) -> Finding | None:
    for name in _CLIP_TOKENS:
        if weights.has(name) and not _is_for_seeing(weights):
            return Finding(AddonKind.TEXT_ENCODER, variant=_clip(weights, name))
    if weights.has(_OPEN_CLIP_TOKENS, "positional_embedding") and not weights.starts("visual."):
        return Finding(AddonKind.TEXT_ENCODER, variant=_clip(weights, _OPEN_CLIP_TOKENS))
    if weights.has_any((_T5_QUERIES, _T5_GGUF_QUERIES)):
        return Finding(AddonKind.TEXT_ENCODER, variant=_t5(weights))
    return _language_model(weights) or _seeing(weights)


def _is_for_seeing(weights: Weights) -> bool:
    """Whether a whole CLIP is kept for its eyes, as far as its name says: "CLIP-ViT-…" and
    "clip_vision" are what those are called, text encoders of it have other names."""
    return weights.has_any(_PATCHES) and any(word in weights.stem for word in _EYES)


def _clip(weights: Weights, tokens: str) -> str:
    return _CLIP_TEXT.get(weights.axis(tokens, 1)) or _named(weights, "clip")


def _named(weights: Weights, otherwise: str) -> str:
    for variant, names in _NAMED:
        if variant.startswith(otherwise) and any(name in weights.stem for name in names):
            return variant
    return otherwise


def _t5(weights: Weights) -> str:
    words = max(weights.axis(name, 0) for name in _T5_TOKENS)
    width = max(weights.axis(name, 1) for name in _T5_TOKENS)
    if words > _UMT5_WORDS:
        return "umt5-xxl"
    return "t5-xxl" if width in (0, 4096) else _named(weights, "t5")


def _language_model(weights: Weights) -> Finding | None:
    tokens = next((name for name in _LANGUAGE_TOKENS if weights.has(name)), None)
    if tokens is None or not weights.ends(".self_attn.q_proj.weight", ".attn_q.weight"):
        return None
    normalises = weights.ends(".self_attn.q_norm.weight", ".attn_q_norm.weight")
    variant, family = _LANGUAGE.get((weights.axis(tokens, 1), normalises), ("", ""))
    if not variant:
        variant = _named(weights, "") or "language-model"
        family = dict(_LANGUAGE.values()).get(variant, "")
    architecture = weights.header.metadata.get("general.architecture")
    if architecture and architecture not in _ARCHITECTURES.get(variant, ()):
        variant, family = "language-model", ""
    return Finding(AddonKind.TEXT_ENCODER, family, variant=variant)


def _seeing(weights: Weights) -> Finding | None:
    """What sees for a language model, and lies in a GGUF file beside it."""
    if not weights.has(*_SEEING_SIGNS):
        return None
    variant = _SEEING.get(weights.axis("mm.2.weight", 0)) or _named(weights, "qwen2.5")
    return Finding(AddonKind.TEXT_ENCODER, "qwen-image", variant=f"{variant}{EYES}")


def _image_encoder(weights: Weights) -> Finding | None:
    for name in _PATCHES:
        if weights.has(name):
            width = weights.axis(name, 0)
            if weights.starts("vision_model.head.", "head.attention."):
                return Finding(AddonKind.IMAGE_ENCODER, variant="siglip")
            return Finding(AddonKind.IMAGE_ENCODER, variant=_CLIP_IMAGE.get(width, "clip"))
    return None
