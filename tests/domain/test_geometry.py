from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Box, Size, snap

sizes = st.builds(Size, st.integers(1, 10_000), st.integers(1, 10_000))


@given(st.integers(1, 100_000), st.integers(1, 128))
def test_snapping_goes_to_the_nearest_multiple(value: int, multiple: int) -> None:
    snapped = snap(value, multiple)
    assert snapped % multiple == 0
    assert snapped >= multiple
    assert snapped == multiple or 2 * abs(snapped - value) <= multiple
    assert snap(snapped, multiple) == snapped


@given(st.integers(1, 1000), st.integers(1, 64))
def test_ties_snap_upwards(count: int, half: int) -> None:
    assert snap(2 * half * count + half, 2 * half) == 2 * half * (count + 1)


@given(sizes, st.integers(1, 128))
def test_a_snapped_size_has_snapped_sides(size: Size, multiple: int) -> None:
    assert size.snapped(multiple) == Size(snap(size.width, multiple), snap(size.height, multiple))


@given(sizes, sizes)
def test_fitting_touches_the_bounds_and_keeps_the_proportions(size: Size, bounds: Size) -> None:
    fitted = size.fitted_into(bounds)
    assert fitted.width <= bounds.width
    assert fitted.height <= bounds.height
    assert fitted.width == bounds.width or fitted.height == bounds.height
    # Equal proportions to the pixel: off by at most half a pixel, or held up by the first one.
    scale = min(bounds.width / size.width, bounds.height / size.height)
    for side, original in ((fitted.width, size.width), (fitted.height, size.height)):
        assert side == 1 or abs(side - original * scale) <= 0.5 + 1e-6


@given(sizes)
def test_a_size_fits_into_itself(size: Size) -> None:
    assert size.fitted_into(size) == size


@pytest.mark.parametrize(("width", "height"), [(0, 1), (1, 0), (-5, 5)])
def test_an_empty_size_is_refused(width: int, height: int) -> None:
    with pytest.raises(ValueError, match="at least 1"):
        Size(width, height)


def test_a_size_reads_like_on_paper() -> None:
    assert str(Size(768, 512)) == "768 × 512"
    assert Size(768, 512).pixels == 393_216


def test_sizes_are_multiplied_by_side() -> None:
    assert Size(96, 64).times(4) == Size(384, 256)


@st.composite
def boxes_in_pictures(draw: st.DrawFn) -> tuple[Box, Size]:
    size = draw(sizes)
    x, y = draw(st.integers(0, size.width - 1)), draw(st.integers(0, size.height - 1))
    right = draw(st.integers(x + 1, size.width))
    return Box.between(x, y, right, draw(st.integers(y + 1, size.height))), size


@given(boxes_in_pictures(), st.integers(0, 20_000))
def test_a_grown_box_stays_inside_and_around(pair: tuple[Box, Size], margin: int) -> None:
    box, size = pair
    grown = box.grown(margin, size)
    assert grown.x == max(0, box.x - margin)
    assert grown.bottom == min(size.height, box.bottom + margin)
    assert grown.right <= size.width
    assert box.grown(0, size) == box
    assert box.grown(20_000, size) == Box.whole(size)


def test_slices_of_a_box_are_its_rows_and_columns() -> None:
    rows, columns = Box(2, 3, 4, 5).slices
    assert (rows, columns) == (slice(3, 8), slice(2, 6))
    assert Box(2, 3, 4, 5).moved(-2, 1) == Box(0, 4, 4, 5)


@pytest.mark.parametrize("numbers", [(-1, 0, 1, 1), (0, -1, 1, 1), (0, 0, 0, 1), (0, 0, 1, 0)])
def test_a_box_lies_inside_a_picture(numbers: tuple[int, int, int, int]) -> None:
    with pytest.raises(ValueError, match="box"):
        Box(*numbers)


def test_a_box_is_made_of_whole_numbers() -> None:
    with pytest.raises(ValueError, match="whole numbers"):
        Box(0, 0, 1.5, 1)  # type: ignore[arg-type]
