from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Area, Content, Document, edits
from studio.document.rendering.composite import flatten
from studio.domain.errors import PictureError
from studio.domain.geometry import Box, Size
from tests.support.documents import contents, few, noise


@few
@given(contents(), st.integers(0, 200), st.integers(0, 200), st.integers(1, 50))
def test_cropping_shows_what_was_there(content: Content, x: int, y: int, side: int) -> None:
    content = edits.set_mask(content, noise(content.size.width, content.size.height, 1)).content
    box = Box(x, y, side, side)
    after = edits.crop(content, box).content
    assert after.size == box.size
    assert np.array_equal(flatten(after), flatten(content)[box.slices])
    assert np.array_equal(after.mask.read(after.area), content.mask.read(box))


@few
@given(contents(), st.integers(-60, 60), st.integers(-60, 60))
def test_cropping_is_taken_back_by_a_wider_crop(content: Content, x: int, y: int) -> None:
    wider = Area(x, y, content.size.width + 70, content.size.height + 70)
    there = edits.crop(content, wider).content
    back = edits.resize_canvas(there, content.size, x, y).content
    assert np.array_equal(flatten(back), flatten(content))


def test_the_mask_and_the_working_area_stay_inside() -> None:
    content = Document.of_picture(noise(300, 280)).content
    content = edits.fill_mask(content).content
    content = edits.set_working_area(content, Box(100, 100, 64, 64)).content
    after = edits.crop(content, Box(120, 90, 30, 100)).content
    assert after.working_area == Box(0, 10, 30, 64)
    assert after.mask.bounds() == Area(0, 0, 30, 100)
    assert edits.crop(content, Box(0, 0, 50, 50)).content.working_area is None


def test_a_canvas_grows_transparently() -> None:
    content = Document.of_picture(noise(30, 20, 3)).content
    after = edits.resize_canvas(content, Size(50, 40), 15, 10).content
    pixels = flatten(after)
    assert np.array_equal(pixels[10:30, 15:45], flatten(content))
    assert pixels[..., 3].sum() == 255 * 30 * 20


def test_no_canvas_is_too_large() -> None:
    content = Document.blank(Size(100, 100)).content
    with pytest.raises(PictureError, match="8192"):
        edits.resize_canvas(content, Size(9000, 100))
