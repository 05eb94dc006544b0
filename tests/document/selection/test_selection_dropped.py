from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from studio.document import masks
from studio.document.masks import Mask
from studio.document.selection.dropped import from_dropped
from studio.domain.geometry import Size

greys = st.tuples(st.integers(1, 20), st.integers(1, 20)).flatmap(
    lambda shape: arrays(np.uint8, shape)
)


@given(greys)
def test_a_mask_dropped_on_its_own_document_is_itself(mask: Mask) -> None:
    document = Size(mask.shape[1], mask.shape[0])
    assert np.array_equal(from_dropped(masks.to_picture(mask), document), mask)


@given(greys, st.integers(0, 255))
def test_a_cutout_of_one_colour_is_meant_by_its_alpha(alpha: Mask, grey: int) -> None:
    alpha[0, 0] = 0
    cutout = np.dstack([np.full((*alpha.shape, 3), grey, np.uint8), alpha])
    document = Size(alpha.shape[1], alpha.shape[0])
    assert np.array_equal(from_dropped(cutout, document), alpha)


def test_a_transparent_picture_of_many_colours_is_meant_as_it_looks_on_black() -> None:
    picture = np.zeros((1, 3, 4), np.uint8)
    picture[0] = [(255, 255, 255, 255), (0, 0, 0, 255), (255, 255, 255, 0)]
    assert from_dropped(picture, Size(3, 1)).tolist() == [[255, 0, 0]]


@pytest.mark.parametrize(
    ("dropped", "white"),
    [((10, 40), (slice(15, 25), slice(None))), ((80, 20), (slice(None), slice(15, 25)))],
)
def test_other_proportions_are_fitted_into_the_middle(
    dropped: tuple[int, int], white: tuple[slice, slice]
) -> None:
    mask = from_dropped(np.full((*dropped, 3), 255, np.uint8), Size(40, 40))
    expected = np.zeros((40, 40), np.uint8)
    expected[white] = 255
    assert np.array_equal(mask, expected)
