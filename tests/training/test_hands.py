"""The two manners that are made from the flat drawings."""

from __future__ import annotations

import numpy as np

from studio.training.drawings import Drawings
from studio.training.hands import INK, bold_outline, soften


def test_an_outline_is_dark_around_the_shape_and_leaves_its_inside(drawings: Drawings) -> None:
    box = drawings.pixels["flat", "box"]  # 14 to 114 px
    drawn = bold_outline(box)
    assert drawn.shape == box.shape
    assert tuple(drawn[64, 16]) == (*INK, 255)
    assert tuple(drawn[40, 64]) == tuple(box[40, 64])
    assert drawn[0, :, 3].max() == 0


def test_soft_is_lighter_with_the_same_shape(drawings: Drawings) -> None:
    disc = drawings.pixels["flat", "disc"]
    soft = soften(disc)
    inside = disc[..., 3] > 0
    assert soft[inside, :3].mean() > disc[inside, :3].mean() + 40
    assert soft[64, 64, 3] == 255
    assert soft[2, 2, 3] == 0
    grown = (soft[..., 3] > 127) != inside
    assert np.mean(grown) < 0.02
