from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.document import Brush, Document, Pyramid, Stroke, StrokePoint, edits
from studio.document.rendering.composite import premultiplied
from studio.document.tiles import TILE
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from tests.support.documents import few, noise


def whole(pyramid: Pyramid, level: int) -> Pixels:
    """All tiles of a level put together."""
    size = pyramid.size(level)
    rows, columns = -(-size.height // TILE), -(-size.width // TILE)
    picture = np.vstack(
        [np.hstack([pyramid.tile(level, (r, c)) for c in range(columns)]) for r in range(rows)]
    )
    assert not picture[size.height :].any()
    assert not picture[:, size.width :].any()
    return picture[: size.height, : size.width]


def halved(pixels: Pixels) -> Pixels:
    height, width = pixels.shape[:2]
    even = np.pad(pixels, ((0, height & 1), (0, width & 1), (0, 0)), mode="edge").astype(int)
    return (
        (even[::2, ::2] + even[1::2, ::2] + even[::2, 1::2] + even[1::2, 1::2] + 2) // 4
    ).astype(np.uint8)


def expected(document: Document, level: int) -> Pixels:
    pixels = premultiplied(document.shown.layers, document.shown.area)
    for _ in range(level):
        pixels = halved(pixels)
    return pixels


@pytest.mark.parametrize("size", [Size(600, 530), Size(1025, 3), Size(256, 256), Size(777, 513)])
def test_each_level_is_the_mean_of_the_finer_one(size: Size) -> None:
    document = Document.of_picture(noise(size.width, size.height))
    pyramid = Pyramid(document)
    for level in reversed(range(pyramid.levels)):
        assert np.array_equal(whole(pyramid, level), expected(document, level))
    last = pyramid.size(pyramid.levels - 1)
    assert max(last.width, last.height) <= TILE


@settings(few, max_examples=8)
@given(
    st.lists(st.tuples(st.integers(-20, 640), st.integers(-20, 560)), min_size=1, max_size=4),
    st.integers(1, 80),
    st.lists(st.integers(0, 2), min_size=1, max_size=4),
)
def test_after_a_stroke_it_is_as_if_made_anew(
    points: list[tuple[int, int]], size: int, order: list[int]
) -> None:
    document = Document.of_picture(noise(620, 531))
    pyramid = Pyramid(document, memory_bytes=4 * TILE * TILE * 4)
    for level in order:
        whole(pyramid, level)
    stroke = Stroke(document, Brush(size), colour=(255, 0, 0))
    for x, y in points:
        stroke.extend([StrokePoint(x, y)])
        assert np.array_equal(whole(pyramid, order[0]), expected(document, order[0]))
    stroke.finish()
    for level in order:
        assert np.array_equal(whole(pyramid, level), expected(document, level))
    document.undo()
    for level in (2, 1, 0):
        assert np.array_equal(whole(pyramid, level), expected(document, level))


def test_only_what_changed_is_no_longer_ready() -> None:
    document = Document.of_picture(noise(600, 600, 3))
    pyramid = Pyramid(document)
    tiles = [(row, column) for row in range(3) for column in range(3)]
    for index in tiles:
        pyramid.tile(0, index)
    stroke = Stroke(document, Brush(10), colour=(1, 2, 3))
    stroke.extend([StrokePoint(300, 300)])
    assert [index for index in tiles if not pyramid.is_ready(0, index)] == [(1, 1)]
    array = pyramid.tile(0, (1, 1))
    assert pyramid.is_ready(0, (1, 1))
    stroke.extend([StrokePoint(310, 300), StrokePoint(330, 300)])
    assert pyramid.tile(0, (1, 1)) is array
    stroke.cancel()


def test_another_size_makes_all_anew() -> None:
    document = Document.of_picture(noise(600, 600, 3))
    pyramid = Pyramid(document)
    whole(pyramid, 1)
    document.do(edits.crop(document.content, Box(13, 17, 301, 299)))
    assert pyramid.size(1) == Size(151, 150)
    assert np.array_equal(whole(pyramid, 1), expected(document, 1))


def test_closed_it_listens_no_more() -> None:
    document = Document.of_picture(noise(300, 300, 3))
    pyramid = Pyramid(document)
    pyramid.tile(0, (0, 0))
    pyramid.close()
    document.do(edits.set_visible(document.content, document.content.layers[0].id, False))
    assert pyramid.is_ready(0, (0, 0))


def test_fine_tiles_are_dropped_beyond_the_bound() -> None:
    document = Document.of_picture(noise(TILE * 4, TILE, 3))
    pyramid = Pyramid(document, memory_bytes=2 * TILE * TILE * 4)
    for column in range(4):
        pyramid.tile(0, (0, column))
    assert [pyramid.is_ready(0, (0, column)) for column in range(4)] == [False, False, True, True]


@pytest.mark.parametrize(
    ("scale", "level"), [(32, 0), (1, 0), (0.51, 0), (0.5, 1), (0.3, 1), (0.02, 3)]
)
def test_the_coarsest_level_that_is_sharp_enough(scale: float, level: int) -> None:
    pyramid = Pyramid(Document.blank(Size(2048, 100)))
    assert pyramid.level_for(scale) == level


def test_a_draft_is_near_the_picture() -> None:
    ramp = np.linspace(0, 255, 800).astype(np.uint8)
    document = Document.of_picture(np.repeat(np.tile(ramp, (700, 1))[..., None], 3, axis=2))
    pyramid = Pyramid(document)
    draft = pyramid.draft(2, (0, 0))
    assert np.abs(draft.astype(int) - pyramid.tile(2, (0, 0))).max() <= 2
    assert not pyramid.is_ready(1, (0, 0)) or pyramid.is_ready(2, (0, 0))


def test_a_draft_is_rough_only_where_something_changed() -> None:
    document = Document.of_picture(noise(800, 700, 3))
    pyramid = Pyramid(document)
    before = pyramid.tile(2, (0, 0)).copy()
    red, cover = (255, 0, 0), np.full((64, 64), 255, np.uint8)
    document.do(edits.fill_area(document.content, Box(400, 0, 64, 64), cover, red))
    draft = pyramid.draft(2, (0, 0))
    now = pyramid.tile(2, (0, 0))
    assert np.array_equal(draft[:, :64], before[:, :64])
    assert np.array_equal(draft[128:], now[128:])
    assert (draft[:16, 100:116, :3] == now[:16, 100:116, :3]).all(), "it is of one colour"
    assert not np.array_equal(draft[:16, 100:116], before[:16, 100:116])
