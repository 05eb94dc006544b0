"""Whole models in one file, and denoising networks alone in theirs.

A whole one holds its denoising network below “model.diffusion_model.” and, beside it, text encoders
and a VAE below the prefixes that its family's reference code gave them. A network that lies alone,
or lacks one of those parts, is a diffusion model that needs parts of other files.
"""

from __future__ import annotations

from typing import Final

from studio.catalog.kinds.backbones import (
    UNET_FAMILIES,
    Backbone,
    find_backbone,
    unet_prediction,
)
from studio.catalog.kinds.finding import FileKind, Finding, Weights
from studio.domain.addons import AddonKind
from studio.domain.model import ModelTask

_WHOLE: Final = "model.diffusion_model."
# "diffusion_model." and "net." are how some trainers save a network alone.
_ALONE: Final = ("", "diffusion_model.", "transformer.", "unet.")
_VAES: Final = ("first_stage_model.", "vae.")
_TEXT_ENCODERS: Final = ("cond_stage_model.", "conditioner.embedders.", "text_encoders.")
# Which text encoders a UNet's file brings tells its family, whatever the widths of its layers.
_UNET_FAMILIES: Final = (
    ("conditioner.embedders.1.", "sdxl", None),
    ("conditioner.embedders.0.model.", "sdxl", ModelTask.REFINER),
    ("cond_stage_model.model.", "sd2", None),
    ("cond_stage_model.transformer.", "sd", None),
)


def find_checkpoint(weights: Weights) -> Finding | None:
    """A whole model, or a denoising network that lacks parts.

    Raises:
        ModelRefused: it is one of a family that the studio doesn't know.
    """
    below = weights.below(_WHOLE)
    backbone = find_backbone(below) if below.tensors else None
    if backbone is not None:
        return _whole_or_part(weights, backbone)
    for prefix in _ALONE:
        if prefix and not weights.starts(prefix):
            continue
        backbone = find_backbone(weights.below(prefix) if prefix else weights)
        if backbone is not None:
            return _part(backbone)
    return None


def _whole_or_part(weights: Weights, backbone: Backbone) -> Finding:
    if not (weights.starts(*_VAES) and weights.starts(*_TEXT_ENCODERS)):
        return _part(backbone)
    family, task = backbone.family, backbone.task
    for prefix, of_family, of_task in _UNET_FAMILIES:
        if weights.starts(prefix):
            family, task = of_family, of_task or task
            break
    prediction = backbone.prediction_type
    if family in UNET_FAMILIES.values():
        prediction = unet_prediction(weights, family, task)
    return Finding(FileKind.CHECKPOINT, family, task, backbone.variant, prediction)


def _part(backbone: Backbone) -> Finding:
    """A network alone. What it was made for is its variant where it has no other."""
    variant = backbone.variant
    if not variant and backbone.task is not ModelTask.TEXT:
        variant = backbone.task
    return Finding(
        AddonKind.DIFFUSION_MODEL,
        backbone.family,
        backbone.task,
        variant,
        backbone.prediction_type,
    )
