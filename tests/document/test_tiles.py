from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document.area import Area
from studio.document.tiles import TILE, TiledImage, pieces, tile_area
from tests.support.documents import few, noise

places = st.integers(-100, 400)
lengths = st.integers(1, 200)
areas = st.builds(lambda x, y, w, h: Area(x, y, x + w, y + h), places, places, lengths, lengths)
writes = st.lists(st.tuples(areas, st.sampled_from([0, 7, 255])), max_size=6)
PLANE = Area(-100, -100, 600, 600)


def on_a_plane(image: TiledImage, area: Area, value: int) -> TiledImage:
    shape = (area.height, area.width) if image.channels == 1 else (area.height, area.width, 4)
    return image.written(area, np.full(shape, value, np.uint8))


@few
@given(areas)
def test_pieces_cover_an_area_once(area: Area) -> None:
    seen = np.zeros((area.height, area.width), int)
    for index, inner, outer in pieces(area):
        seen[outer.slices] += 1
        place = tile_area(index)
        assert inner.moved(place.x, place.y) == outer.moved(area.x, area.y)
        assert inner.common(Area(0, 0, TILE, TILE)) == inner
    assert (seen == 1).all()


@few
@given(writes, st.sampled_from([0, 255]), st.sampled_from([1, 4]))
def test_what_is_written_is_read_and_older_versions_stay(
    changes: list[tuple[Area, int]], fill: int, channels: int
) -> None:
    image = TiledImage(channels, fill)
    plane = image.read(PLANE)
    versions = [(image, plane)]
    for area, value in changes:
        image = on_a_plane(image, area, value)
        plane = plane.copy()
        plane[area.moved(-PLANE.x, -PLANE.y).slices] = value
        versions.append((image, plane))
    for version, pixels in versions:
        assert np.array_equal(version.read(PLANE), pixels)


@few
@given(writes, areas, st.sampled_from([0, 255]))
def test_only_touched_tiles_are_replaced(
    changes: list[tuple[Area, int]], area: Area, fill: int
) -> None:
    image = TiledImage(4, fill)
    for each, value in changes:
        image = on_a_plane(image, each, value)
    after = on_a_plane(image, area, 100)
    assert after.differing(image) == {index for index, _, _ in pieces(area)}
    assert image.differing(image) == set()


@few
@given(writes, st.sampled_from([0, 255]))
def test_tiles_full_of_the_fill_do_not_exist(changes: list[tuple[Area, int]], fill: int) -> None:
    image = TiledImage(1, fill)
    for area, value in changes:
        image = on_a_plane(image, area, value)
    assert all((tile != fill).any() for _, tile in image.items())
    assert image.nbytes == image.count * TILE * TILE
    assert image.tiled_area.common(image.bounds()) == image.bounds()


@few
@given(writes, st.integers(-300, 300), st.integers(-300, 300))
def test_moving_keeps_every_pixel(changes: list[tuple[Area, int]], right: int, down: int) -> None:
    image = TiledImage(1)
    for area, value in changes:
        image = on_a_plane(image, area, value)
    moved = image.moved(right, down)
    assert np.array_equal(moved.read(PLANE.moved(right, down)), image.read(PLANE))
    assert moved.moved(-right, -down).same_pixels(image)


def test_moving_by_whole_tiles_shares_them() -> None:
    image = TiledImage.of(noise(300, 300))
    moved = image.moved(TILE, -TILE)
    assert moved.tile((-1, 1)) is image.tile((0, 0))


@few
@given(writes, areas, st.sampled_from([0, 255]))
def test_cropping_leaves_the_fill_outside(
    changes: list[tuple[Area, int]], area: Area, fill: int
) -> None:
    image = TiledImage(1, fill)
    for each, value in changes:
        image = on_a_plane(image, each, value)
    expected = np.full((PLANE.height, PLANE.width), fill, np.uint8)
    inside = area.moved(-PLANE.x, -PLANE.y).slices
    expected[inside] = image.read(area)
    assert np.array_equal(image.cropped(area).read(PLANE), expected)


@few
@given(writes, areas, st.sampled_from([1, 2, 8, 32]), st.sampled_from([1, 4]))
def test_sampling_takes_every_so_many_pixels(
    changes: list[tuple[Area, int]], area: Area, step: int, channels: int
) -> None:
    image = TiledImage(channels)
    for each, seed in changes:
        image = image.written(each, noise(each.width, each.height, channels, seed))
    sampled = image.sampled(area, step)
    expected = image.read(area)[::step, ::step]
    if sampled is None:
        assert not expected.any()
    else:
        assert np.array_equal(sampled, expected)


@pytest.mark.parametrize("step", [2, 16, 32])
def test_samples_keep_their_distance_from_tile_to_tile(step: int) -> None:
    pixels = noise(600, 600)
    sampled = TiledImage.of(pixels).sampled(Area(10, 3, 590, 580), step)
    assert sampled is not None
    assert np.array_equal(sampled, pixels[3:580:step, 10:590:step])


@few
@given(writes, areas)
def test_peeking_is_reading(changes: list[tuple[Area, int]], area: Area) -> None:
    image = TiledImage(4)
    for each, value in changes:
        image = on_a_plane(image, each, value)
    pixels = image.peek(area)
    assert np.array_equal(
        image.read(area), np.zeros_like(image.read(area)) if pixels is None else pixels
    )


def test_bounds_are_the_pixels_that_are_there() -> None:
    image = TiledImage(4).written(Area(-3, 250, 2, 260), np.full((10, 5, 4), 9, np.uint8))
    assert image.bounds() == Area(-3, 250, 2, 260)
    assert image.tiled_area == Area(-256, 0, 256, 512)
    assert TiledImage(4).bounds().is_empty


def test_three_channels_become_opaque() -> None:
    pixels = noise(10, 20, 3)
    image = TiledImage.of(pixels)
    read = image.read(Area(0, 0, 10, 20))
    assert np.array_equal(read[..., :3], pixels)
    assert (read[..., 3] == 255).all()


def test_tiles_are_read_only_and_never_the_caller_s() -> None:
    pixels = noise(TILE, TILE)
    image = TiledImage.of(pixels)
    before = pixels.copy()
    pixels[:] = 0
    tile = image.tile((0, 0))
    assert tile is not None
    assert np.array_equal(tile, before)
    with pytest.raises(ValueError, match="read-only"):
        tile[0, 0] = 1


def test_a_wrong_shape_is_refused() -> None:
    with pytest.raises(ValueError, match="don't fill 3 × 2"):
        TiledImage(4).written(Area(0, 0, 3, 2), np.zeros((3, 2, 4), np.uint8))


def test_memory_is_what_was_touched() -> None:
    image = TiledImage(4).written(Area(8000, 8000, 8010, 8010), noise(10, 10))
    assert image.nbytes == TILE * TILE * 4
