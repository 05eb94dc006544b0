from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from studio.document.area import NOWHERE, Area
from studio.domain.geometry import Box, Size

numbers = st.integers(-20, 20)
areas = st.builds(Area, numbers, numbers, numbers, numbers)


def pixels(area: Area | Box) -> set[tuple[int, int]]:
    return {(x, y) for x in range(area.x, area.right) for y in range(area.y, area.bottom)}


@given(areas, areas)
def test_what_is_common_is_in_both(one: Area, other: Area) -> None:
    assert pixels(one.common(other)) == pixels(one) & pixels(other)


@given(areas, areas)
def test_around_holds_both(one: Area, other: Area) -> None:
    around = one.around(other)
    assert pixels(around) >= pixels(one) | pixels(other)
    if one.is_empty:
        assert pixels(around) == pixels(other)


@given(areas, st.integers(1, 15), st.integers(1, 15))
def test_a_box_is_what_lies_inside(area: Area, width: int, height: int) -> None:
    size = Size(width, height)
    box = area.box(size)
    inside = pixels(area) & pixels(Box.whole(size))
    assert inside == (set() if box is None else pixels(box))


def test_nowhere_is_empty() -> None:
    assert NOWHERE.is_empty
    assert (NOWHERE.width, NOWHERE.height) == (0, 0)
    assert Area(3, 3, 1, 9).width == 0
