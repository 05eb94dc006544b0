"""Which families' models the engine lets pictures guide."""

from __future__ import annotations

from typing import Final

from studio.catalog.kinds.backbones import UNET_FAMILIES
from studio.catalog.style_guides import takes_guides
from studio.domain.model import ModelInfo

_UNETS: Final = frozenset(UNET_FAMILIES.values())
CONTROLLED: Final = _UNETS | {"sd3", "flux", "qwen-image", "z-image"}
"""Those that ControlNets can speak to."""
SEEING: Final = _UNETS | {"sd3", "flux"}
"""Those that IP-Adapters can show reference pictures to."""
SEEING_ALL: Final = SEEING - _UNETS
"""Of these, those that heed all of a picture, and can't be told to heed its style alone."""


def has_networks(model: ModelInfo) -> bool:
    """Whether there is a network anywhere through which a picture can guide `model`."""
    return model.family in CONTROLLED - _UNETS or takes_guides(model)
