from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.domain.events import Pixels
from studio.library.sheets.lettering import fitted, font
from studio.library.sheets.variation_sheet import variation_sheet

COLOURS = {
    (x, y, z): (40 + 60 * x, 40 + 60 * y, 60 + 90 * z)
    for x in range(3)
    for y in range(2)
    for z in range(2)
}


def coloured(place: tuple[int, ...]) -> Pixels:
    return np.full((40, 60, 3), COLOURS[(*place, 0, 0)[:3]], np.uint8)


def test_every_cell_stands_in_its_column_row_and_page() -> None:
    labels = (("5", "10", "20"), ("Euler", "LCM"), ("cat", "dog"))
    sheet = variation_sheet(labels, coloured, (60, 40))
    centres = {}
    for place, colour in COLOURS.items():
        rows, columns = np.nonzero((sheet == colour).all(axis=2))
        assert len(rows) == 60 * 40
        centres[place] = (columns.mean(), rows.mean())
    for x, y, z in COLOURS:
        if x:
            assert centres[x, y, z][0] > centres[x - 1, y, z][0]
            assert centres[x, y, z][1] == centres[x - 1, y, z][1]
        if y:
            assert centres[x, y, z][1] > centres[x, y - 1, z][1]
        if z:
            assert centres[x, y, z][1] > centres[x, 1, z - 1][1]


def test_labels_are_dark_on_white_and_take_no_room_when_there_are_none() -> None:
    labelled = variation_sheet((("5", "10", "20"),), coloured, (60, 40))
    bare = variation_sheet((("", "", ""),), coloured, (60, 40))
    assert labelled.shape[0] > bare.shape[0]
    above = labelled[: labelled.shape[0] - bare.shape[0]]
    assert above.max() == 255
    assert above.min() < 120


def test_what_is_missing_is_grey_and_what_is_smaller_stands_in_the_middle() -> None:
    sheet = variation_sheet(
        (("a", "b"),),
        lambda place: np.zeros((20, 10, 3), np.uint8) if place == (0,) else None,
        (60, 40),
    )
    assert (sheet == 200).all(axis=2).sum() == 60 * 40
    black = (sheet == 0).all(axis=2)
    assert black.sum() == pytest.approx(40 * 20, rel=0.05)


def test_a_sheet_has_an_end() -> None:
    labels = (("1", "2", "3"), ("1", "2"))
    sheet = variation_sheet(labels, coloured, (600, 400), largest_side_px=300)
    assert max(sheet.shape[:2]) <= 300


def test_it_tells_how_far_it_is_and_ends_when_told() -> None:
    told: list[tuple[int, int]] = []
    variation_sheet((("a", "b"),), coloured, (60, 40), lambda *progress: told.append(progress))
    assert told == [(0, 2), (1, 2), (2, 2)]

    def stop(done: int, _total: int) -> None:
        if done:
            raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        variation_sheet((("a", "b"),), coloured, (60, 40), stop)


@given(st.text(max_size=80), st.integers(0, 400))
def test_a_fitted_line_is_never_wider(text: str, width_px: int) -> None:
    type_ = font(12)
    line = fitted(text, type_, width_px)
    assert "\n" not in line
    assert type_.getlength(line) <= max(width_px, type_.getlength("…"))
    whole = " ".join(text.split())
    if type_.getlength(whole) <= width_px:
        assert line == whole
