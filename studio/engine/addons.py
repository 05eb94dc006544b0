"""Where an engine without a catalog looks for LoRAs, controls and the like."""

from __future__ import annotations

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound


def no_addon(kind: AddonKind, name: str) -> AddonInfo:
    """Nothing is there.

    Raises:
        ModelNotFound: always.
    """
    raise ModelNotFound(
        f"There is no {kind.words} “{name}” on this disk.", "Choose another, or none."
    )
