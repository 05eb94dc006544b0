"""Pictures in a room: as large as it gets."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.geometry import Size
from studio.ui.compare.arrangement import columns_for, common_frame

sizes = st.builds(Size, st.integers(1, 5000), st.integers(1, 5000))


@given(st.lists(sizes, min_size=2, max_size=4))
def test_every_picture_fits_into_the_frame_and_none_is_made_smaller(pictures: list[Size]) -> None:
    frame = common_frame(pictures)
    for picture in pictures:
        fitted = picture.fitted_into(frame)
        assert picture.width <= fitted.width <= frame.width
        assert picture.height <= fitted.height <= frame.height


@given(st.integers(2, 4), sizes, sizes)
def test_no_other_number_of_columns_shows_them_larger(
    count: int, picture: Size, room: Size
) -> None:
    def scale(columns: int) -> float:
        rows = -(-count // columns)
        return min(room.width / columns / picture.width, room.height / rows / picture.height)

    chosen = columns_for(count, picture, room)
    assert all(scale(chosen) >= scale(columns) for columns in range(1, count + 1))


@pytest.mark.parametrize(
    ("count", "room", "columns"),
    [
        (2, Size(1600, 800), 2),
        (2, Size(600, 1200), 1),
        (4, Size(1000, 1000), 2),
        (3, Size(900, 300), 3),
    ],
)
def test_squares_in_some_rooms(count: int, room: Size, columns: int) -> None:
    assert columns_for(count, Size(512, 512), room) == columns
