"""Tiles of a picture: they cover it once, and see what lies around them."""

from __future__ import annotations

import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.style.feature_tiles import tiles

SIDES = st.integers(1, 900)
OVERLAPS = st.sampled_from([16, 32, 64])


@settings(deadline=None, max_examples=50)
@given(height=SIDES, width=SIDES, overlap_px=OVERLAPS, most_px=st.integers(1, 400_000))
def test_tiles_cover_each_pixel_once_and_none_sees_too_much(
    height: int, width: int, overlap_px: int, most_px: int
) -> None:
    covered = torch.zeros(height, width)
    for tile in tiles(height, width, most_px, overlap_px):
        rows, columns = tile.place(1)
        covered[rows, columns] += 1
        seen = tile.seen(torch.zeros(1, 1, height, width))
        assert seen[0, 0].numel() <= max(most_px, (4 * overlap_px) ** 2)
    assert (covered == 1).all()


@settings(deadline=None, max_examples=50)
@given(height=SIDES, width=SIDES, overlap_px=OVERLAPS, stride=st.sampled_from([1, 2, 4, 8, 16]))
def test_a_tile_finds_itself_in_a_map_of_what_it_sees(
    height: int, width: int, overlap_px: int, stride: int
) -> None:
    places = torch.arange(height * width).view(1, 1, height, width)
    whole = places[:, :, ::stride, ::stride]
    for tile in tiles(height, width, 1, overlap_px):
        seen = tile.seen(places)[:, :, ::stride, ::stride]
        rows, columns = tile.place(stride)
        assert torch.equal(tile.part(seen, stride), whole[:, :, rows, columns])


def test_a_tile_sees_the_overlap_on_all_sides_but_not_beyond_the_picture() -> None:
    grid = tiles(960, 960, 400 * 400, 32)
    assert len(grid) == 9
    middle = grid[4]
    assert (middle.rows.seen_start, middle.rows.seen_stop) == (
        middle.rows.start - 32,
        middle.rows.stop + 32,
    )
    assert (grid[0].rows.seen_start, grid[8].columns.seen_stop) == (0, 960)
    assert len(tiles(600, 600, 600 * 600, 32)) == 1
