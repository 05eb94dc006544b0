"""The painted styles by name, in the order of the network.

The network came without the names of the paintings it learnt from: these say what is seen. Each is
also the name of an example in `resources/styles/painted`.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import torch

from studio.domain.errors import RequestError
from studio.style.method import PaintedStyle

PAINTED: Final = (
    "sand-and-sky",
    "black-and-yellow",
    "grey-wash",
    "neon-shards",
    "crimson-pastel",
    "autumn-strokes",
    "midnight-speckles",
    "primary-colours",
    "fresh-watercolour",
    "slate-mosaic",
    "terracotta",
    "ochre-etching",
    "lilac-mist",
    "green-linocut",
    "pale-teal",
    "leaded-glass",
    "blue-crayon",
    "red-weave",
    "olive-woodcut",
    "starlit-blue",
    "embers",
    "paper-cut",
    "ink-and-red",
    "dusk-oil",
    "blue-woodblock",
    "rust-and-slate",
)


def painted_weights(styles: Sequence[PaintedStyle]) -> torch.Tensor:
    """(26,), their sum 1.

    Raises:
        RequestError: no painted style has that name.
    """
    weights = torch.zeros(len(PAINTED))
    for style in styles:
        if style.name not in PAINTED:
            raise RequestError(
                f"There is no painted style named “{style.name}”.", "Choose one of those shown."
            )
        weights[PAINTED.index(style.name)] += style.weight
    return weights / weights.sum()
