from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays
from PIL import Image, ImageDraw

from studio.document import masks
from studio.document.selection.flood import connected
from studio.document.selection.oklab import oklab, oklab_alpha
from studio.document.selection.similar import Reader, colour_range, similar_area
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size

few_colours = st.sampled_from([0, 10, 128, 250])
pictures = st.tuples(st.integers(1, 9), st.integers(1, 9), st.sampled_from([3, 4])).flatmap(
    lambda shape: arrays(np.uint8, shape, elements=few_colours)
)
tolerances = st.sampled_from([0.0, 0.05, 0.3, 2.0])


def reader(pixels: Pixels) -> tuple[Reader, Size]:
    return lambda box: pixels[box.slices], Size(pixels.shape[1], pixels.shape[0])


def distances_to(pixels: Pixels, x: int, y: int) -> np.ndarray:
    planes = oklab_alpha(pixels)
    distances = np.sqrt(((planes - planes[:, y, x][:, None, None]) ** 2).sum(axis=0))
    return distances.round(3)


def test_oklab_agrees_with_published_values() -> None:
    """Of white, and of the primaries as CSS Color 4 gives them."""
    colours = np.array([[255, 255, 255], [255, 0, 0], [0, 255, 0], [0, 0, 255]], np.uint8)
    expected = [
        [1, 0, 0],
        [0.62796, 0.22486, 0.12585],
        [0.86644, -0.23389, 0.17950],
        [0.45201, -0.03246, -0.31153],
    ]
    assert np.allclose(oklab(colours).T, expected, rtol=0, atol=2e-4)


def test_transparent_pixels_are_alike_whatever_they_hide() -> None:
    hidden = np.array([[[255, 0, 0, 0], [0, 255, 0, 0], [0, 0, 0, 255]]], np.uint8)
    assert distances_to(hidden, 0, 0)[0].tolist() == [0, 0, 1]


@given(pictures, tolerances, st.booleans(), st.data())
def test_all_that_is_selected_is_within_the_tolerance_or_beside_it(
    pixels: Pixels, tolerance: float, contiguous: bool, data: st.DataObject
) -> None:
    read, picture = reader(pixels)
    x = data.draw(st.integers(0, picture.width - 1))
    y = data.draw(st.integers(0, picture.height - 1))
    near = distances_to(pixels, x, y) <= tolerance
    expected = connected(near, y, x) if contiguous else near
    hard = similar_area(read, picture, x, y, tolerance, contiguous=contiguous, smooth=False)
    assert np.array_equal(hard.over(Box.whole(picture)), expected * np.uint8(255))
    assert hard.box == masks.bounds(expected.view(np.uint8))

    smooth = similar_area(read, picture, x, y, tolerance, contiguous=contiguous)
    mask = smooth.over(Box.whole(picture))
    assert (mask[expected] == 255).all()
    beside = masks.grown(expected * np.uint8(255), 1) > 0
    assert not mask[~beside].any()


@given(pictures, st.data())
def test_a_larger_tolerance_never_selects_less(pixels: Pixels, data: st.DataObject) -> None:
    read, picture = reader(pixels)
    x = data.draw(st.integers(0, picture.width - 1))
    y = data.draw(st.integers(0, picture.height - 1))
    small, large = (
        similar_area(read, picture, x, y, tolerance, smooth=False).over(Box.whole(picture))
        for tolerance in (0.1, 0.4)
    )
    assert (small <= large).all()


def test_only_what_the_fill_reaches_is_read() -> None:
    pixels = np.full((3000, 3000, 3), 255, np.uint8)
    pixels[1000:1100, 1000:1100] = 0
    boxes: list[Box] = []

    def read(box: Box) -> Pixels:
        boxes.append(box)
        return pixels[box.slices]

    filled = similar_area(read, Size(3000, 3000), 1050, 1050, 0.1, smooth=False)
    assert filled.box == Box(1000, 1000, 100, 100)
    assert sum(box.size.pixels for box in boxes) < 600 * 600


def test_a_fill_larger_than_the_first_window_is_the_same_as_in_one_go() -> None:
    picture = Image.new("RGB", (1500, 1100), "white")
    ImageDraw.Draw(picture).line([(20, 20), (1400, 60), (700, 900), (30, 1000)], "navy", 30)
    pixels = np.array(picture)
    read, size = reader(pixels)
    filled = similar_area(read, size, 21, 21, 0.1, smooth=False)
    navy = (pixels == (0, 0, 128)).all(axis=2)
    assert np.array_equal(filled.over(Box.whole(size)), navy * np.uint8(255))


def test_hard_edges_stay_hard_and_smooth_ones_are_shared() -> None:
    """The parts of one edge that both sides select add up to about a whole."""
    pixels = np.zeros((5, 9, 3), np.uint8)
    pixels[:, 5:] = 255
    read, picture = reader(pixels)
    hard = similar_area(read, picture, 0, 0, 0.02)
    assert hard.over(Box.whole(picture))[2].tolist() == [255] * 5 + [0] * 4

    pixels[:, 4] = 99  # OKLab lightness 0.5
    left, right = (similar_area(read, picture, x, 0, 0.02) for x in (0, 8))
    whole = Box.whole(picture)
    assert int(left.over(whole)[2, 4]) == pytest.approx(128, abs=6)
    assert int(right.over(whole)[2, 4]) == pytest.approx(128, abs=6)


def test_a_range_of_colours_fades_over_its_softness() -> None:
    pixels = np.repeat(np.arange(256, dtype=np.uint8)[None, :, None], 3, axis=2)
    mask = colour_range(pixels, [(255, 255, 255)], tolerance=0.2, softness=0.3)[0]
    lightness = oklab(pixels)[0, 0]
    assert (mask[lightness > 0.801] == 255).all()
    assert (mask[lightness < 0.499] == 0).all()
    assert (np.diff(mask.astype(int)) >= 0).all()
    assert int(mask[np.abs(lightness - 0.65).argmin()]) == pytest.approx(128, abs=3)


@given(pictures, tolerances)
def test_a_range_without_softness_is_the_fill_everywhere_for_each_colour(
    pixels: Pixels, tolerance: float
) -> None:
    colours = [tuple(pixels[0, 0].tolist()), tuple(pixels[-1, -1].tolist())]
    read, picture = reader(pixels)
    fills = [
        similar_area(read, picture, x, y, tolerance, contiguous=False, smooth=False)
        for x, y in ((0, 0), (picture.width - 1, picture.height - 1))
    ]
    expected = np.maximum(*(fill.over(Box.whole(picture)) for fill in fills))
    assert np.array_equal(colour_range(pixels, colours, tolerance), expected)


def test_a_coverage_lies_where_it_was_found() -> None:
    pixels = np.zeros((50, 60, 4), np.uint8)
    pixels[20:25, 30:40] = (200, 30, 30, 255)
    read, picture = reader(pixels)
    area = similar_area(read, picture, 33, 22, 0.1)
    assert area.box == Box(30, 20, 10, 5)
    assert (area.mask == 255).all()
