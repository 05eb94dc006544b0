from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document.inpaint_box import (
    MOST_ELONGATED,
    islands,
    whole_picture,
    working_area,
    working_areas,
)
from studio.document.masks import bounds
from studio.domain.geometry import Box, Size
from studio.domain.model import ModelInfo
from tests.support.fakes import a_model

SMALL = a_model(sizes=(Size(64, 64),))
LARGE = a_model(sizes=(Size(512, 512), Size(768, 512)))
models = st.sampled_from([SMALL, LARGE, a_model(sizes=(Size(96, 64),), size_multiple_px=16)])


@st.composite
def places(draw: st.DrawFn) -> tuple[Box, Size]:
    """A box in a picture of up to 8192 pixels a side, often at its border."""
    width, height = draw(st.integers(1, 8192)), draw(st.integers(1, 8192))
    x, y = (draw(st.just(0) | st.integers(0, side - 1)) for side in (width, height))
    right = draw(st.just(width) | st.integers(x + 1, width))
    bottom = draw(st.just(height) | st.integers(y + 1, height))
    return Box.between(x, y, right, bottom), Size(width, height)


def holds(outer: Box, inner: Box) -> bool:
    return (
        outer.x <= inner.x
        and outer.y <= inner.y
        and outer.right >= inner.right
        and outer.bottom >= inner.bottom
    )


@given(places(), models, st.integers(0, 600))
def test_a_box_holds_the_area_and_its_padding_and_stays_in_the_picture(
    place: tuple[Box, Size], model: ModelInfo, padding_px: int
) -> None:
    area, picture = place
    found = working_area(area, picture, model, padding_px)
    (box,) = found.boxes
    assert holds(box, area.grown(padding_px, picture))
    assert holds(Box.whole(picture), box)
    assert found.size == found.size.snapped(model.size_multiple_px)
    assert min(found.size.width, found.size.height) >= 16
    assert max(found.size.width, found.size.height) <= 4 * model.native_size.width + 16


@given(places(), models, st.integers(0, 600))
def test_a_box_has_the_proportions_of_what_is_drawn_where_the_picture_has_room(
    place: tuple[Box, Size], model: ModelInfo, padding_px: int
) -> None:
    area, picture = place
    found = working_area(area, picture, model, padding_px)
    (box,) = found.boxes
    across, down = box.width / found.size.width, box.height / found.size.height
    if box.width < picture.width and box.height < picture.height:
        one_pixel = max(1 / found.size.width, 1 / found.size.height)
        assert abs(across - down) <= one_pixel
        multiple, native = model.size_multiple_px, model.native_size
        assert 0.5 * native.pixels <= found.size.pixels <= 1.6 * native.pixels
        sides = sorted((found.size.width, found.size.height))
        assert sides[1] <= MOST_ELONGATED * sides[0] + 2 * multiple


def test_a_small_mask_is_not_enlarged_beyond_use() -> None:
    found = working_area(Box(500, 400, 20, 10), Size(1024, 1024), LARGE, 10)
    assert found.size == Size(512, 512)
    assert found.boxes[0].size == Size(256, 256)


def test_the_middle_stays_in_the_middle() -> None:
    (box,) = working_area(Box(4000, 4000, 100, 100), Size(8192, 8192), LARGE, 100).boxes
    assert (box.x + box.width / 2, box.y + box.height / 2) == (4050, 4050)


def test_the_whole_picture_is_one_box_at_about_the_native_size() -> None:
    found = whole_picture(Size(2048, 1024), SMALL)
    assert found.boxes == (Box(0, 0, 2048, 1024),)
    assert found.size == Size(88, 48)


def mask_of(picture: Size, *boxes: Box) -> np.ndarray:
    mask = np.zeros((picture.height, picture.width), np.uint8)
    for box in boxes:
        mask[box.slices] = 255
    return mask


def test_islands_are_found_apart_from_the_top_down() -> None:
    picture = Size(1000, 700)
    parts = [Box(700, 10, 50, 30), Box(100, 100, 20, 200), Box(400, 600, 300, 100)]
    assert islands(mask_of(picture, *parts)) == parts
    assert islands(mask_of(picture)) == []
    # A ring is one island, with its hole; a diagonal of pixels too.
    ring = mask_of(picture, Box(100, 100, 300, 300))
    ring[150:350, 150:350] = 0
    assert islands(ring) == [Box(100, 100, 300, 300)]
    assert islands(np.eye(90, dtype=np.uint8)) == [Box(0, 0, 90, 90)]


@given(st.lists(places().map(lambda place: place[0]), min_size=1, max_size=6), models)
def test_every_island_lies_whole_in_one_box_and_in_no_others(
    parts: list[Box], model: ModelInfo
) -> None:
    picture = Size(400, 300)
    small = [
        Box.between(
            box.x * 400 // 8192,
            box.y * 300 // 8192,
            box.x * 400 // 8192 + 1 + box.width * 20 // 8192,
            box.y * 300 // 8192 + 1 + box.height * 20 // 8192,
        )
        for box in parts
    ]
    mask = mask_of(picture, *small)
    found = working_areas(mask, model, 8)
    for island in islands(mask):
        inside = [box for box in found.boxes if bounds(mask_of(picture, island)[box.slices])]
        assert len(inside) == 1
        assert holds(inside[0], island)


def test_distant_islands_get_a_box_each_and_near_ones_share() -> None:
    picture = Size(2000, 2000)
    far = mask_of(picture, Box(100, 100, 50, 50), Box(1500, 1500, 60, 60))
    assert len(working_areas(far, SMALL, 32).boxes) == 2
    near = mask_of(picture, Box(100, 100, 50, 50), Box(200, 110, 60, 60))
    assert len(working_areas(near, SMALL, 64).boxes) == 1


def test_a_black_mask_has_no_working_area() -> None:
    with pytest.raises(ValueError, match="black"):
        working_areas(np.zeros((9, 9), np.uint8), SMALL, 0)
