"""Family trees on paper: nothing overlaps, parents stand left of their children."""

from __future__ import annotations

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from studio.ui.lineage.layout import COLUMN_PX, NODE_PX, ROW_GAP_PX, Layout, Link, laid_out


@st.composite
def families(draw: st.DrawFn) -> tuple[list[int], list[Link]]:
    """Pictures in the order of their age, with up to three parents among the elder ones."""
    count = draw(st.integers(0, 40))
    ids = draw(st.permutations(range(100, 100 + count)))
    links = [
        (ids[parent], ids[child])
        for child in range(1, count)
        for parent in draw(st.sets(st.integers(0, child - 1), max_size=3))
    ]
    return list(ids), links


@given(families())
def test_no_picture_overlaps_another_one(family: tuple[list[int], list[Link]]) -> None:
    layout = laid_out(*family)
    assert set(layout.places) == set(family[0])
    for column in layout.columns:
        heights = [layout.places[each][1] for each in column]
        assert all(low - high >= NODE_PX + ROW_GAP_PX - 1e-6 for high, low in pairwise(heights))
        assert len({layout.places[each][0] for each in column}) == 1
    assert COLUMN_PX > NODE_PX


@given(families())
def test_parents_stand_left_of_their_children(family: tuple[list[int], list[Link]]) -> None:
    layout = laid_out(*family)
    for parent, child in family[1]:
        assert layout.places[parent][0] + COLUMN_PX <= layout.places[child][0] + 1e-6


@given(families())
def test_everything_lies_within_the_paper(family: tuple[list[int], list[Link]]) -> None:
    layout = laid_out(*family)
    for x, y in layout.places.values():
        assert 0 <= x <= layout.width - NODE_PX and -1e-6 <= y <= layout.height - NODE_PX + 1e-6
    assert sorted(each for column in layout.columns for each in column) == sorted(family[0])


@given(families())
def test_routes_lead_from_side_to_side_and_only_to_the_right(
    family: tuple[list[int], list[Link]],
) -> None:
    layout = laid_out(*family)
    assert set(layout.routes) == set(family[1])
    for (parent, child), route in layout.routes.items():
        x, y = layout.places[parent]
        assert (
            route[0] == (x + NODE_PX, y + NODE_PX / 2) or abs(route[0][1] - y - NODE_PX / 2) < 1e-6
        )
        x, y = layout.places[child]
        assert route[-1][0] == x and abs(route[-1][1] - y - NODE_PX / 2) < 1e-6
        assert all(one[0] < other[0] for one, other in pairwise(route))


@given(families())
def test_the_same_family_is_laid_out_alike(family: tuple[list[int], list[Link]]) -> None:
    assert laid_out(*family) == laid_out(*family)


def heights(layout: Layout, *ids: int) -> list[float]:
    return [layout.places[each][1] for each in ids]


def test_a_chain_is_straight() -> None:
    layout = laid_out([1, 2, 3, 4], [(1, 2), (2, 3), (3, 4)])
    assert len({round(height, 6) for height in heights(layout, 1, 2, 3, 4)}) == 1


def test_a_parent_stands_in_the_middle_of_its_children() -> None:
    layout = laid_out([1, 2, 3, 4], [(1, 2), (1, 3), (1, 4)])
    one, two, three, four = heights(layout, 1, 2, 3, 4)
    assert two < three < four and abs(one - three) < 1e-6


def test_siblings_that_merge_frame_their_child() -> None:
    layout = laid_out([1, 2, 3, 4], [(1, 2), (1, 3), (2, 4), (3, 4)])
    assert layout.columns == ((1,), (2, 3), (4,))
    one, two, three, four = heights(layout, 1, 2, 3, 4)
    assert two < one < three and abs(one - four) < 1e-6


def test_who_only_gave_a_style_stands_beside_its_child() -> None:
    layout = laid_out([1, 2, 3, 9, 4], [(1, 2), (2, 3), (3, 4), (9, 4)])
    assert layout.places[9][0] == layout.places[3][0]


def test_thousands_of_children_are_placed() -> None:
    ids = list(range(5000))
    layout = laid_out(ids, [(0, child) for child in ids[1:]])
    assert len(layout.columns[1]) == 4999


def test_a_long_chain_that_shares_one_style_is_placed() -> None:
    ids = list(range(3001))
    links = [(0, child) for child in ids[2:]] + [(one, one + 1) for one in ids[1:-1]]
    layout = laid_out(ids, links)
    assert len(layout.columns) == 3000
