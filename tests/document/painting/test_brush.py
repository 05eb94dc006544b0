from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Brush
from studio.document.painting.brush import Stamps
from tests.support.documents import few

sizes = st.floats(1, 150)
places = st.floats(-50, 50)


@few
@given(sizes, st.floats(0, 1), places, places)
def test_a_stamp_lies_where_it_is_put(size: float, hardness: float, x: float, y: float) -> None:
    stamp, left, top = Stamps().stamp(size, hardness, x, y)
    assert stamp.shape[0] == stamp.shape[1]
    assert stamp.min() == 0
    assert 0 < stamp.max() <= 1
    total = stamp.sum()
    columns, rows = np.arange(len(stamp)) + left + 0.5, np.arange(len(stamp)) + top + 0.5
    # Rounded to a quarter of a pixel (and a tenth is lost on the ramp); large ones to a whole one.
    near = 0.51 if size > 60 else 0.25
    assert (stamp.sum(axis=0) * columns).sum() / total == pytest.approx(x, abs=near)
    assert (stamp.sum(axis=1) * rows).sum() / total == pytest.approx(y, abs=near)
    assert not stamp[0].any()
    assert not stamp[:, -1].any()


@few
@given(st.floats(3, 200))
def test_a_hard_brush_covers_its_circle(size: float) -> None:
    stamp, _, _ = Stamps().stamp(size, 1, 0.5, 0.5)
    assert stamp.sum() == pytest.approx(np.pi * size**2 / 4, rel=0.08)
    assert stamp[len(stamp) // 2, len(stamp) // 2] == 1


def test_a_softer_brush_covers_less() -> None:
    covers = [Stamps().stamp(60, hardness, 0, 0)[0].sum() for hardness in (0, 0.3, 0.7, 1)]
    assert covers == sorted(covers)
    assert covers[0] < covers[-1] / 2


def test_a_stamp_is_drawn_once() -> None:
    stamps = Stamps()
    first, _, _ = stamps.stamp(40, 0.5, 10.5, 10.5)
    again, left, _ = stamps.stamp(40, 0.5, 30.5, 10.5)
    assert again is first
    assert left == stamps.stamp(40, 0.5, 10.5, 10.5)[1] + 20


@pytest.mark.parametrize(
    ("field", "value"),
    [("size_px", 0), ("size_px", 1001), ("hardness", 1.1), ("opacity", -0.1), ("flow", 0),
     ("spacing", 0)],
)  # fmt: skip
def test_a_brush_is_within_its_ranges(field: str, value: float) -> None:
    with pytest.raises(ValueError, match=field.removesuffix("_px")):
        Brush(**{field: value})


def test_pressure_counts_only_where_it_is_asked_for() -> None:
    plain = Brush(40, opacity=0.8)
    assert (plain.diameter_px(0.5), plain.most(0.5)) == (40, 0.8)
    pen = Brush(40, opacity=0.8, pressure_size=True, pressure_opacity=True)
    assert (pen.diameter_px(0.5), pen.most(0.5)) == (20, 0.4)
    assert pen.diameter_px(0) == 1
