"""Which families' models can see reference pictures, and how."""

from __future__ import annotations

from typing import Final

from studio.engine.families.family import Family
from studio.engine.families.flux import Flux
from studio.engine.families.sd3 import StableDiffusion3
from studio.engine.families.unet import UNetFamily
from studio.engine.references.transformer_ways import FluxReferenceWay, SD3ReferenceWay
from studio.engine.references.unet_way import UNetReferenceWay
from studio.engine.references.way import ReferenceWay

_WAYS: Final[tuple[tuple[type, ReferenceWay], ...]] = (
    (UNetFamily, UNetReferenceWay()),
    (Flux, FluxReferenceWay()),
    (StableDiffusion3, SD3ReferenceWay()),
)


def reference_way_of(family: Family) -> ReferenceWay | None:
    """How this model sees reference pictures; None where the studio can't do that yet."""
    return next((way for kind, way in _WAYS if isinstance(family, kind)), None)
