"""Models worth downloading, each with what it is, what it permits and what card it needs.

Facts of 2026 as their makers publish them. Sizes and needs are approximate: the server is asked
for the true size before anything is fetched, and engine/devices.py decides from the card that is
there. Nothing here touches the network.
"""

from __future__ import annotations

from typing import Final

from studio.catalog.downloads.offer import Offer

CURATED: Final[tuple[Offer, ...]] = ()
