from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size, snap

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
