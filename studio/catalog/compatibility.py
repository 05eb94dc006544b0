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
# They look at pictures alone.
_FOR_ALL: Final = frozenset({AddonKind.ANNOTATOR, AddonKind.SEGMENTER})


def goes_with(addon: AddonInfo, family: str) -> bool:
    """Whether an addon is known to serve models of this family."""
    if addon.kind in _FOR_ALL:
        return True
    return family == addon.family or family in _SHARED.get((addon.kind, addon.family), ())
