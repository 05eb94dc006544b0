"""Which addons go with which family's models."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from studio.domain.addons import AddonInfo, AddonKind

# Families that were built upon another one's part.
_SHARED: Final[Mapping[tuple[AddonKind, str], frozenset[str]]] = {
    (AddonKind.VAE, "sd"): frozenset({"sd2"}),
    (AddonKind.VAE, "sd2"): frozenset({"sd"}),
    (AddonKind.VAE, "flux"): frozenset({"z-image"}),
}


def goes_with(addon: AddonInfo, family: str) -> bool:
    """Whether an addon of a known family serves models of this one."""
    return family == addon.family or family in _SHARED.get((addon.kind, addon.family), ())
