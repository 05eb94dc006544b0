"""What a control sees of a picture."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document.control_maps import control_map
from studio.document.control_maps.canny import canny
from studio.document.control_maps.control_map import is_without_network
from studio.domain.control import Preprocessor
from studio.domain.events import Pixels
from tests.support.samples import noise

HERE = [each for each in Preprocessor if is_without_network(each)]
pictures = st.builds(
    lambda seed, width, height: noise(seed, width, height),
    st.integers(0, 50),
    st.integers(1, 70),
    st.integers(1, 70),
)


def grey(values: np.ndarray) -> Pixels:
    return np.repeat(values.astype(np.uint8)[..., None], 3, axis=2)


def square(background: int, drawn: int) -> Pixels:
    values = np.full((40, 60), background)
    values[10:30, 20:50] = drawn
    return grey(values)


@given(pictures, st.sampled_from(HERE))
def test_a_map_is_a_picture_of_the_same_size(picture: Pixels, preprocessor: Preprocessor) -> None:
    before = picture.copy()
    made = control_map(picture, preprocessor)
    assert (made.shape, made.dtype) == (picture.shape, np.uint8)
    assert np.array_equal(picture, before)


def test_those_that_need_a_network_are_not_made_here() -> None:
    assert not is_without_network(Preprocessor.DEPTH)
    with pytest.raises(KeyError):
        control_map(square(0, 255), Preprocessor.DEPTH)


def test_edges_are_where_a_square_ends_and_one_pixel_wide() -> None:
    edges = canny(square(0, 255))[..., 0] > 0
    rows, _columns = np.nonzero(edges)
    assert set(np.unique(rows)) <= set(range(9, 31))
    assert (rows.min(), rows.max()) in {(9, 29), (10, 29), (10, 30), (9, 30)}
    assert edges[20].sum() == 2
    assert edges[:, 35].sum() == 2
    assert not edges[12:28, 22:48].any()


@given(pictures)
def test_edges_do_not_depend_on_which_side_is_bright(picture: Pixels) -> None:
    # Rounding to whole greys is the same for both but where a half is rounded to the even one.
    whole = grey(picture[..., 0])
    assert np.array_equal(canny(whole), canny(255 - whole))


@given(pictures, st.integers(0, 300), st.integers(0, 300))
def test_who_asks_for_stronger_edges_gets_fewer(picture: Pixels, one: int, other: int) -> None:
    low, high = sorted((one, other))
    some = canny(picture, 50, high) > 0
    more = canny(picture, 50, low) > 0
    assert not (some & ~more).any()


def test_a_weak_edge_counts_where_it_goes_on_from_a_strong_one() -> None:
    values = np.zeros((30, 40))
    values[:15, 20:] = 255
    values[15:, 20:] = 40  # 160 in Sobel's units: between the two thresholds
    edges = canny(grey(values))[..., 0] > 0
    assert edges[25].any()
    alone = canny(grey(np.where(np.arange(40) >= 20, 40, 0)[None].repeat(30, 0)))
    assert not alone.any()


@pytest.mark.parametrize(("ground", "line"), [(255, 0), (0, 255), (200, 90)])
def test_a_scribble_is_white_on_black_whatever_it_was(ground: int, line: int) -> None:
    values = np.full((20, 30), ground)
    values[5:7] = line
    made = control_map(grey(values), Preprocessor.SCRIBBLE)[..., 0]
    assert (made[5:7] == 255).all()
    assert made.sum() == 255 * 60


def test_tones_lose_their_detail_and_colours_their_shapes() -> None:
    picture = noise(3, 256, 128)
    tones = control_map(picture, Preprocessor.TILE)
    assert np.abs(np.diff(tones.astype(int), axis=1)).mean() < 8
    colours = control_map(picture, Preprocessor.COLOUR)
    assert (colours[:4, :4] == colours[0, 0]).all()
    assert len(np.unique(colours.reshape(-1, 3), axis=0)) <= 64 * 32
