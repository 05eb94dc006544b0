"""What a file is: every kind's signs in turn, those first that no other kind can show."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from studio.catalog.kinds.annotators import find_depth_anything
from studio.catalog.kinds.checkpoints import find_checkpoint
from studio.catalog.kinds.controls import find_control
from studio.catalog.kinds.embeddings import find_embedding
from studio.catalog.kinds.encoders import find_encoder
from studio.catalog.kinds.finding import FileKind, Finding, Weights
from studio.catalog.kinds.loras import find_lora
from studio.catalog.kinds.vaes import find_vae
from studio.catalog.probe import Header
from studio.catalog.upscalers import find_architecture
from studio.domain.errors import ModelRefused

# Files that people often have beside their models, by a tensor's name or its beginning.
_USELESS: Final[tuple[tuple[str, str], ...]] = (
    ("concept_embeds", "a safety checker, which the studio doesn't use"),
    ("motion_modules.", "a motion module for video, which the studio can't run"),
    ("down_blocks.0.motion_modules.", "a motion module for video, which the studio can't run"),
    (
        "image_encoder.patch_embed.",
        "a network that cuts objects out (SAM) in its makers' own layout; the studio runs it from "
        "a folder in transformers' layout",
    ),
    (
        "pretrained.",
        "a network that estimates depth in its makers' own layout; the studio runs it from a "
        "folder in transformers' layout",
    ),
)


def _upscaler(weights: Weights) -> Finding | None:
    architecture = find_architecture(weights.header)
    return Finding(FileKind.UPSCALER, variant=architecture) if architecture else None


def _vgg(weights: Weights) -> Finding | None:
    is_vgg = weights.axis("features.0.weight", 1) == 3 and weights.has("features.34.weight")
    return Finding(FileKind.STYLE_NETWORK, variant="vgg19") if is_vgg else None


_FINDERS: Final[tuple[Callable[[Weights], Finding | None], ...]] = (
    find_lora,
    find_control,
    find_checkpoint,
    find_vae,
    find_encoder,
    find_depth_anything,
    _upscaler,
    _vgg,
    find_embedding,
)


def classify(header: Header, stem: str) -> Finding:
    """What the file of this header and name (without its end) is.

    Raises:
        ModelRefused: nothing that the studio knows, or a model of a family that it doesn't run.
    """
    weights = Weights(header, stem)
    if not weights.tensors:
        raise ModelRefused(f"{stem[:80]} holds no weights at all.", "Fetch it again.")
    for find in _FINDERS:
        found = find(weights)
        if found is not None:
            return found
    for sign, what in _USELESS:
        if weights.has(sign) or weights.starts(sign):
            raise ModelRefused(f"{stem[:80]} is {what}.")
    raise ModelRefused(
        f"{stem[:80]} holds no model of a kind that the studio knows.",
        "Its tensors have none of the names of models, LoRAs, VAEs, encoders or upscalers.",
    )
