"""Where rows stand: laws that hold for any groups and any width."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QRect

from studio.ui.history.grid import HEADING_PX, Grid

counts = st.lists(st.integers(1, 40), min_size=1, max_size=8)
grids = st.builds(
    Grid, counts, st.integers(1, 900), st.integers(40, 330), has_headings=st.booleans()
)


def cells(grid: Grid) -> list[QRect]:
    return [grid.cell(row) for row in range(grid.row_count)]


@given(grids)
def test_cells_lie_beside_each_other_in_reading_order(grid: Grid) -> None:
    every = cells(grid)
    assert all(cell.width() == cell.height() == grid.cell_px for cell in every)
    places = [(cell.top(), cell.left()) for cell in every]
    assert places == sorted(set(places))
    for number in range(grid.group_count):
        group, (top, end) = grid.group(number), grid.span(number)
        mine = every[group.start : group.start + group.count]
        assert mine[0].top() == top + grid.heading_px
        assert mine[-1].bottom() + 1 == end
    assert every[-1].bottom() + 1 == grid.height_px


@given(grids, st.data())
def test_a_place_in_a_cell_is_of_its_row(grid: Grid, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, grid.row_count - 1))
    cell = grid.cell(row)
    x = data.draw(st.integers(cell.left(), cell.right()))
    y = data.draw(st.integers(cell.top(), cell.bottom()))
    assert grid.row_at(x, y) == row
    number = grid.group_of(row)
    assert grid.group_at(y) == number
    if grid.heading_px:
        assert grid.row_at(x, grid.span(number)[0]) is None


@given(grids, st.integers(-200, 9000), st.integers(1, 900))
def test_what_is_between_two_heights(grid: Grid, top: int, high: int) -> None:
    band = QRect(0, top, 10_000, high)
    wanted = [row for row, cell in enumerate(cells(grid)) if cell.intersects(band)]
    assert list(grid.rows_between(top, top + high)) == wanted


@given(grids, st.integers(-50, 900), st.integers(-50, 3000), st.integers(0, 900))
def test_what_a_frame_touches(grid: Grid, left: int, top: int, side: int) -> None:
    frame = QRect(left, top, side, side)
    wanted = [row for row, cell in enumerate(cells(grid)) if cell.intersects(frame)]
    runs = list(grid.rows_in(frame))
    assert [row for first, last in runs for row in range(first, last + 1)] == wanted


@given(grids, st.data())
def test_lines_up_and_down(grid: Grid, data: st.DataObject) -> None:
    row = data.draw(st.integers(0, grid.row_count - 1))
    lines = data.draw(st.integers(-60, 60).filter(bool))
    tops = sorted({cell.top() for cell in cells(grid)})
    at = tops.index(grid.cell(row).top())
    there = grid.beside(row, lines)
    assert tops.index(grid.cell(there).top()) == min(max(at + lines, 0), len(tops) - 1)
    assert grid.cell(there).left() <= grid.cell(row).left()


def test_a_million_rows_need_no_room_of_their_own() -> None:
    grid = Grid([1_000_000], 300, 92, has_headings=True)
    assert grid.height_px == HEADING_PX + 333_334 * 100
    assert grid.row_at(150, grid.height_px - 1) is None
    assert grid.row_at(50, grid.height_px - 1) == 999_999
    assert (
        list(grid.rows_between(10_000_000, 10_000_100))
        == [
            *(299_997, 299_998, 299_999),
            *(300_000, 300_001, 300_002),
        ][:6]
    )


def test_an_empty_gallery() -> None:
    grid = Grid([], 300, 92, has_headings=True)
    assert grid.row_count == grid.height_px == 0
    assert grid.row_at(5, 5) is None
    assert list(grid.rows_between(0, 500)) == []
