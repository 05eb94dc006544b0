"""The painter puts what the scene says where the scene says."""

from __future__ import annotations

import numpy as np
import pytest

from studio.training.drawings import Drawings
from studio.training.painting import paint, tint
from studio.training.scenes import COLOURS, GROUNDS, TINTS, Placed, Scene


def test_the_backdrop_is_exactly_its_colour_around_the_thing(drawings: Drawings) -> None:
    picture = paint(Scene((Placed("box", "box", "flat"),), "teal"), drawings, 64)
    assert picture.shape == (64, 64, 3)
    assert picture.dtype == np.uint8
    assert tuple(picture[0, 0]) == COLOURS["teal"]
    assert tuple(picture[24, 32]) == (230, 60, 40)


def test_left_is_left(drawings: Drawings) -> None:
    thing = Placed("box", "box", "flat", centre_xy=(0.25, 0.5), size=0.4)
    changed = (paint(Scene((thing,), "white"), drawings, 64) != 255).any(2)
    assert changed[:, :32].any()
    assert not changed[:, 32:].any()


def test_a_ground_lies_below_its_horizon(drawings: Drawings) -> None:
    thing = Placed("box", "box", "flat", size=0.1)
    picture = paint(Scene((thing,), GROUNDS[0]), drawings, 64)
    assert tuple(picture[-1, 0]) == GROUNDS[0].ground
    assert tuple(picture[0, 0]) == GROUNDS[0].top


@pytest.mark.parametrize("name", TINTS)
def test_a_tinted_drawing_is_nearer_its_colour_than_any_other(
    drawings: Drawings, name: str
) -> None:
    pixels = drawings.pixels["flat", "disc"]
    toned = tint(pixels[pixels[..., 3] > 0][:, :3], COLOURS[name]).mean(0)
    distance = {other: np.abs(toned - COLOURS[other]).sum() for other in TINTS}
    assert min(distance, key=lambda other: distance[other]) == name


def test_tinting_leaves_the_drawing_itself_alone(drawings: Drawings) -> None:
    before = drawings.pixels["flat", "disc"].copy()
    paint(Scene((Placed("disc", "disc", "flat", tint="green"),), "white"), drawings, 64)
    assert np.array_equal(drawings.pixels["flat", "disc"], before)
