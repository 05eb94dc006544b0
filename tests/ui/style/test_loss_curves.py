"""The curves of the losses: on a logarithmic scale, inside their frame, whatever comes."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays
from PySide6.QtCore import QRectF
from pytestqt.qtbot import QtBot

from studio.ui import theme
from studio.ui.canvas import as_pixels
from studio.ui.style.loss_curves import CURVES, LossCurves, curves

PLACE = QRectF(10, 20, 200, 80)
LOSSES = arrays.arrays(
    np.float32,
    st.tuples(st.integers(1, 700), st.just(3)),
    elements=st.floats(0, 2.0**60, width=32) | st.just(np.nan) | st.just(np.inf),
)


@given(losses=LOSSES)
def test_every_curve_stays_in_its_place_and_is_no_finer_than_the_screen(
    losses: np.ndarray,
) -> None:
    lines = curves(losses, PLACE)
    assert len(lines) == 3
    for line in lines:
        assert 1 <= line.count() <= 402
        for point in line.toList():
            assert PLACE.adjusted(-0.01, -0.01, 0.01, 0.01).contains(point)
        ends = [line.first().x(), line.last().x()]
        assert ends[0] == pytest.approx(PLACE.left())
        assert line.count() == 1 or ends[1] == pytest.approx(PLACE.right())


def test_ten_times_as_much_is_the_same_way_up_everywhere() -> None:
    fall = np.float32([1000, 100, 10, 1])
    losses = np.stack([fall, fall, fall], axis=1)
    (line, *_) = curves(losses, PLACE)
    ups = [PLACE.bottom() - point.y() for point in line.toList()]
    assert ups == pytest.approx([80, 160 / 3, 80 / 3, 0], abs=1e-3)


def test_the_curves_are_drawn_in_their_colours_and_told_in_words(qtbot: QtBot) -> None:
    widget = LossCurves()
    qtbot.addWidget(widget)
    widget.resize(300, widget.sizeHint().height())
    widget.show_losses(None)
    assert not widget.accessibleDescription()
    empty = as_pixels(widget.grab().toImage())
    fall = np.exp(-np.arange(200) / 40)
    widget.show_losses(np.stack([fall / 2 + 0.1, fall, fall * 2], axis=1).astype(np.float32))
    drawn = as_pixels(widget.grab().toImage())
    for name, token, _ in CURVES:
        colour = np.array(theme.color(token).getRgb()[:3])
        below_legend = drawn[24:].reshape(-1, 3).astype(int)
        assert (np.abs(below_legend - colour).sum(axis=1) < 60).any(), name
    assert (drawn != empty).any()
    assert widget.accessibleDescription().startswith("After 200 iterations: Content")
