from __future__ import annotations

from dataclasses import replace

from hypothesis import given
from hypothesis import strategies as st

from studio.document.area_snapping import Sides, Snapping, drawn, moved, resized
from studio.domain.geometry import Box, Size

PICTURE = Size(640, 480)
SNAPPING = Snapping(
    PICTURE, (0, 640, 100, 260), (0, 480, 90, 250), multiple_px=8, reach_px=6, least_px=16
)
BOX = Box(200, 120, 160, 128)
FREE = Snapping(PICTURE, least_px=16)
HELD = [
    Sides(left=left, right=right, top=top, bottom=bottom)
    for left, right in ((False, False), (True, False), (False, True))
    for top, bottom in ((False, False), (True, False), (False, True))
]


@st.composite
def snappings(draw: st.DrawFn) -> Snapping:
    """A picture of 1 to 8192 pixels a side, its borders and some lines in it."""
    width, height = draw(st.integers(1, 8192)), draw(st.integers(1, 8192))
    columns = draw(st.lists(st.integers(0, width), max_size=3))
    rows = draw(st.lists(st.integers(0, height), max_size=3))
    return Snapping(
        Size(width, height),
        (0, width, *columns),
        (0, height, *rows),
        multiple_px=draw(st.sampled_from([1, 8, 16, 64])),
        reach_px=draw(st.sampled_from([0.0, 0.4, 8.0, 300.0])),
        least_px=draw(st.sampled_from([1, 16, 64])),
    )


@st.composite
def boxes(draw: st.DrawFn, snapping: Snapping) -> Box:
    picture = snapping.picture
    x, y = draw(st.integers(0, picture.width - 1)), draw(st.integers(0, picture.height - 1))
    right, bottom = (
        draw(st.integers(x + 1, picture.width)),
        draw(st.integers(y + 1, picture.height)),
    )
    return Box.between(x, y, right, bottom)


distances = st.floats(-9000, 9000, allow_nan=False)


def is_inside(box: Box, picture: Size) -> bool:
    return box.right <= picture.width and box.bottom <= picture.height


def side_is_kept(start: int, end: int, lines: tuple[int, ...], snapping: Snapping) -> bool:
    """A multiple, an edge on a line, or all that the picture has."""
    length = end - start
    return length % snapping.multiple_px == 0 or start in lines or end in lines


@given(st.data(), snappings(), distances, distances)
def test_a_moved_box_stays_in_the_picture_and_as_large(
    data: st.DataObject, snapping: Snapping, right_px: float, down_px: float
) -> None:
    box = data.draw(boxes(snapping))
    after = moved(box, right_px, down_px, snapping)
    assert after.size == box.size
    assert is_inside(after, snapping.picture)


@given(st.data(), snappings(), st.sampled_from(HELD), distances, distances)
def test_a_resized_box_keeps_its_other_edges_the_picture_and_multiples(
    data: st.DataObject, snapping: Snapping, sides: Sides, right_px: float, down_px: float
) -> None:
    box = data.draw(boxes(snapping))
    after = resized(box, sides, right_px, down_px, snapping)
    assert is_inside(after, snapping.picture)
    for held, one, other in (
        (sides.left, after.x, box.x),
        (sides.right, after.right, box.right),
        (sides.top, after.y, box.y),
        (sides.bottom, after.bottom, box.bottom),
    ):
        assert held or one == other
    least = snapping.least_px
    if sides.left or sides.right:
        room = box.right if sides.left else snapping.picture.width - box.x
        assert after.width >= min(least, room)
        assert room < least or side_is_kept(after.x, after.right, snapping.columns, snapping)
    if sides.top or sides.bottom:
        room = box.bottom if sides.top else snapping.picture.height - box.y
        assert after.height >= min(least, room)
        assert room < least or side_is_kept(after.y, after.bottom, snapping.rows, snapping)


@given(snappings(), st.tuples(distances, distances), st.tuples(distances, distances))
def test_a_drawn_box_lies_in_the_picture_wherever_it_was_drawn(
    snapping: Snapping, start: tuple[float, float], end: tuple[float, float]
) -> None:
    box = drawn(start, end, snapping)
    assert is_inside(box, snapping.picture)
    least = snapping.least_px
    if min(snapping.picture.width, snapping.picture.height) >= 2 * least:
        assert min(box.width, box.height) >= least


@given(st.data(), st.sampled_from(HELD), distances, distances)
def test_it_moves_and_grows_by_as_much_as_it_shrinks_back(
    data: st.DataObject, sides: Sides, right_px: float, down_px: float
) -> None:
    """Free of lines, what is held follows the pointer to the pixel, as far as there is room."""
    free = replace(FREE, least_px=1)
    box = data.draw(boxes(free))
    after = resized(box, sides, right_px, down_px, free)
    if sides.right and 1 <= box.width + right_px <= PICTURE.width - box.x:
        assert abs(after.width - box.width - right_px) <= 0.5
    if sides.left and 1 <= box.width - right_px <= box.right:
        assert abs(box.width - after.width - right_px) <= 0.5


def test_edges_go_to_lines_that_are_near() -> None:
    assert resized(BOX, Sides(left=True), -98, 0, SNAPPING) == Box(100, 120, 260, 128)
    assert resized(BOX, Sides(left=True), -104, 0, SNAPPING) == Box(100, 120, 260, 128)
    assert resized(BOX, Sides(left=True), -110, 0, SNAPPING) == Box(88, 120, 272, 128)
    assert moved(BOX, 61, 0, SNAPPING).x == 260
    assert moved(BOX, -105, 3, SNAPPING) == Box(100, 122, 160, 128)
    assert moved(BOX, -105, 3, FREE) == Box(95, 123, 160, 128)


def test_nothing_gets_too_small_or_turns_over() -> None:
    assert resized(BOX, Sides(right=True, bottom=True), -500, -500, SNAPPING).size == Size(16, 16)
    assert resized(BOX, Sides(left=True, top=True), 900, 900, FREE) == Box(344, 232, 16, 16)


def test_a_box_is_drawn_in_any_direction() -> None:
    assert drawn((301.4, 300), (402, 203), SNAPPING) == Box(301, 204, 104, 96)
    assert drawn((402, 203), (-50, 1), SNAPPING) == Box(0, 0, 402, 203)
    assert drawn((639, 479), (639, 479), SNAPPING) == Box(624, 464, 16, 16)
