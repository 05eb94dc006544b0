"""A few drawings made of plain shapes, so that no test needs the packages or the network."""

from __future__ import annotations

import numpy as np
import pytest

from studio.training.concepts import Concept
from studio.training.drawings import RASTER_PX, Drawings
from studio.training.scenes import HANDS

CONCEPTS = [
    Concept("disc", ("disc", "disk")),
    Concept("box", ("box",)),
    Concept("bars", ("bars",)),
    Concept("ball", ("blue ball",)),
    Concept("ink", ("orange ink",)),
]


def shape(name: str) -> np.ndarray:
    """(128, 128, 4) uint8: two-coloured, transparent around."""
    y, x = np.mgrid[:RASTER_PX, :RASTER_PX]
    masks = {
        "disc": (x - 64) ** 2 + (y - 64) ** 2 < 60**2,
        "box": (abs(x - 64) < 50) & (abs(y - 64) < 50),
        "bars": x // 16 % 2 == 0,
    }
    pixels = np.zeros((RASTER_PX, RASTER_PX, 4), dtype=np.uint8)
    pixels[..., :3] = np.where(y[..., None] < 64, (230, 60, 40), (60, 30, 120))
    pixels[..., 3] = 255 * masks.get(name, masks["disc"])
    return pixels


@pytest.fixture(scope="session")
def drawings() -> Drawings:
    pixels = {(hand, concept.name): shape(concept.name) for hand in HANDS for concept in CONCEPTS}
    del pixels["shaded", "bars"]  # not every hand draws everything
    return Drawings(CONCEPTS, pixels)
