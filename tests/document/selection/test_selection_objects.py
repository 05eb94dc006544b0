from __future__ import annotations

import numpy as np
import pytest
from PIL import Image, ImageDraw

from studio.document.masks import Mask
from studio.document.selection.coverage import Coverage
from studio.document.selection.objects import Hints, object_mask
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size

SIZE = Size(300, 240)
LEFT, RIGHT = (40, 60, 140, 180), (170, 70, 270, 190)


def still_life(size: Size = SIZE) -> Pixels:
    """Two balls, lit from the left, on a grainy green ground that darkens to the right."""
    scale = size.width / SIZE.width
    rng = np.random.default_rng(7)
    ground = np.linspace((120, 150, 100), (70, 100, 60), size.width)[None]
    pixels = ground + rng.normal(0, 12, (size.height, size.width, 1))
    for oval, colour in ((LEFT, (200, 60, 40)), (RIGHT, (220, 190, 60))):
        shade = np.linspace(1.15, 0.75, size.width)[None, :, None]
        ball = np.array(colour) * shade + rng.normal(0, 6, (size.height, size.width, 1))
        pixels = np.where(oval_mask(oval, size, scale)[..., None] > 0, ball, pixels)
    return pixels.clip(0, 255).astype(np.uint8)


def oval_mask(oval: tuple[int, int, int, int], size: Size = SIZE, scale: float = 1) -> Mask:
    picture = Image.new("L", (size.width, size.height))
    ImageDraw.Draw(picture).ellipse([edge * scale for edge in oval], 255)
    return np.asarray(picture)


def found(pixels: Pixels, hints: Hints) -> Coverage:
    size = Size(pixels.shape[1], pixels.shape[0])
    coverage = object_mask(lambda box: pixels[box.slices], size, hints)
    assert coverage is not None
    return coverage


def overlap(pixels: Pixels, coverage: Coverage, expected: Mask) -> float:
    """Intersection over union."""
    size = Size(pixels.shape[1], pixels.shape[0])
    chosen = coverage.over(Box.whole(size)) >= 128
    return float((chosen & (expected > 0)).sum() / (chosen | (expected > 0)).sum())


@pytest.mark.parametrize(("point", "oval"), [((90, 120), LEFT), ((220, 130), RIGHT)])
def test_a_click_selects_what_lies_under_it_and_nothing_else(
    point: tuple[float, float], oval: tuple[int, int, int, int]
) -> None:
    pixels = still_life()
    coverage = found(pixels, Hints(inside=((point,),)))
    assert overlap(pixels, coverage, oval_mask(oval)) > 0.96


def test_a_box_selects_what_stands_out_in_it() -> None:
    pixels = still_life()
    box = Box(25, 45, 130, 150)
    coverage = found(pixels, Hints(box=box))
    assert overlap(pixels, coverage, oval_mask(LEFT)) > 0.96
    outside = coverage.over(Box.whole(SIZE)).copy()
    outside[20:220, :180] = 0
    assert not outside.any()


def test_strokes_inside_and_outside_decide_together() -> None:
    """One stroke over both balls and one over the ground: both balls."""
    pixels = still_life()
    over_both = ((60.0, 120.0), (120.0, 120.0), (200.0, 130.0), (250.0, 130.0))
    around = ((10.0, 20.0), (290.0, 20.0), (290.0, 225.0), (10.0, 225.0))
    coverage = found(pixels, Hints(inside=(over_both,), outside=(around,)))
    both = np.maximum(oval_mask(LEFT), oval_mask(RIGHT))
    assert overlap(pixels, coverage, both) > 0.9


def test_a_large_picture_is_cut_as_finely_as_a_small_one() -> None:
    size = Size(1500, 1200)
    pixels = still_life(size)
    coverage = found(pixels, Hints(inside=(((450.0, 600.0),),)))
    assert overlap(pixels, coverage, oval_mask(LEFT, size, 5)) > 0.97


def test_transparent_surroundings_end_an_object() -> None:
    pixels = np.zeros((240, 300, 4), np.uint8)
    pixels[..., :3] = (200, 60, 40)
    pixels[..., 3] = oval_mask(LEFT)
    coverage = found(pixels, Hints(inside=(((90.0, 120.0),),)))
    assert overlap(pixels, coverage, oval_mask(LEFT)) > 0.97


def test_the_same_click_gives_the_same_mask() -> None:
    pixels = still_life()
    one, other = (found(pixels, Hints(inside=(((90.0, 120.0),),))) for _ in range(2))
    assert one.box == other.box
    assert np.array_equal(one.mask, other.mask)


@pytest.mark.parametrize(("width", "height"), [(1, 1), (2, 1), (1, 40), (7, 5), (2000, 3)])
def test_pictures_of_any_size_can_be_clicked(width: int, height: int) -> None:
    pixels = np.random.default_rng(0).integers(0, 256, (height, width, 3), np.uint8)
    coverage = found(pixels, Hints(inside=(((width - 0.5, height - 0.5),),)))
    assert coverage.box.right <= width
    assert coverage.box.bottom <= height
    assert coverage.mask.shape == (coverage.box.height, coverage.box.width)


def test_where_there_is_no_edge_the_surroundings_of_the_click_are_selected() -> None:
    coverage = found(np.full((60, 80, 3), 90, np.uint8), Hints(inside=(((40.0, 30.0),),)))
    assert (coverage.over(Box(25, 15, 30, 30)) == 255).all()


def test_a_box_that_is_all_outside_selects_nothing() -> None:
    pixels = np.full((100, 100, 3), 90, np.uint8)
    hints = Hints(box=Box(30, 30, 2, 2), outside=(((31.0, 31.0),),))
    assert object_mask(lambda box: pixels[box.slices], Size(100, 100), hints) is None


def test_hints_without_click_or_box_are_refused() -> None:
    with pytest.raises(ValueError, match="a click, a stroke or a box"):
        Hints(outside=(((3.0, 3.0),),))
