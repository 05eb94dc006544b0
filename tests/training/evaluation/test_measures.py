"""The measures find what the scene says: backdrop, colour, number."""

from __future__ import annotations

import numpy as np
import pytest

from studio.training.drawings import Drawings
from studio.training.evaluation.measures import (
    count_things,
    dominant_colour,
    foreground,
    label_regions,
    nearest_backdrop,
)
from studio.training.painting import paint
from studio.training.scenes import COLOURS, GROUNDS, TINTS, Ground, Placed, Scene, gradient

BOX = Placed("box", "box", "flat")


def roughen(picture: np.ndarray) -> np.ndarray:
    """The picture with noise of eight levels, as a small generator leaves it."""
    noise = np.random.default_rng(0).normal(0, 8, picture.shape)
    return np.clip(picture + noise, 0, 255).astype(np.uint8)


@pytest.mark.parametrize("backdrop", [*COLOURS, *GROUNDS], ids=str)
def test_the_backdrop_is_recognised_around_a_thing(
    drawings: Drawings, backdrop: str | Ground
) -> None:
    picture = roughen(paint(Scene((BOX,), backdrop), drawings, 64))
    assert nearest_backdrop(picture[None], [*COLOURS, *GROUNDS]) == [backdrop]


def test_a_gradient_is_told_from_its_reverse(drawings: Drawings) -> None:
    down, up = gradient("red", "blue"), gradient("blue", "red")
    pictures = np.stack([paint(Scene((BOX,), each), drawings, 64) for each in (down, up)])
    assert nearest_backdrop(pictures, [up, down]) == [down, up]


@pytest.mark.parametrize("backdrop", ["white", "light blue", GROUNDS[0]], ids=str)
def test_the_foreground_is_the_thing(drawings: Drawings, backdrop: str | Ground) -> None:
    picture = paint(Scene((BOX,), backdrop), drawings, 64)
    bare = paint(Scene((), backdrop), drawings, 64)
    changed = (picture != bare).any(2)
    found = foreground(picture[None], backdrop)[0]
    assert not found[~changed].any()
    assert found.sum() > 0.95 * changed.sum()


@pytest.mark.parametrize("tint", TINTS)
@pytest.mark.parametrize("name", ["disc", "box"])
def test_the_dominant_colour_is_the_tint(drawings: Drawings, name: str, tint: str) -> None:
    scene = Scene((Placed(name, name, "flat", tint=tint),), "white")
    picture = roughen(paint(scene, drawings, 64))[None]
    assert dominant_colour(picture, foreground(picture, "white")) == [tint]


@pytest.mark.parametrize("number", [0, 1, 2, 3])
def test_things_in_a_row_are_counted(drawings: Drawings, number: int) -> None:
    places = [(i + 0.5) / number for i in range(number)]
    things = tuple(Placed("disc", "disc", "flat", centre_xy=(x, 0.5), size=0.3) for x in places)
    picture = roughen(paint(Scene(things, "white"), drawings, 64))[None]
    assert count_things(foreground(picture, "white")).tolist() == [number]


def test_specks_are_no_things() -> None:
    mask = np.zeros((16, 16), dtype=bool)
    mask[2:8, 2:8] = True
    mask[12, 12] = True
    assert count_things(mask[None]).tolist() == [1]


def test_a_winding_region_is_one_region() -> None:
    mask = np.array([[1, 1, 1], [0, 0, 1], [1, 1, 1], [1, 0, 0], [1, 1, 1]], dtype=bool)
    assert len(np.unique(label_regions(mask)[mask])) == 1
    mask[1, 2] = False
    assert len(np.unique(label_regions(mask)[mask])) == 2
    assert (label_regions(mask) > 0).tolist() == mask.tolist()
