"""The number control with real keys, wheel and mouse."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PySide6.QtCore import QPoint, QPointF, Qt
from PySide6.QtGui import QWheelEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.controls.number_control import NumberControl

Key = Qt.Key
Modifier = Qt.KeyboardModifier


def make() -> NumberControl:
    return NumberControl(
        "Guidance",
        0.0,
        50.0,
        step=0.5,
        big_step=2.0,
        fine_step=0.1,
        slider_high=15.0,
        decimals=2,
        default=5.0,
    )


@pytest.fixture
def control(qtbot: QtBot) -> Iterator[NumberControl]:
    window = QWidget()
    qtbot.addWidget(window)
    control = make()
    other = QLineEdit()
    layout = QVBoxLayout(window)
    layout.addWidget(control)
    layout.addWidget(other)
    window.resize(300, 100)
    window.show()
    window.activateWindow()
    other.setFocus()
    qtbot.waitUntil(other.hasFocus)
    yield control


def turn(target: QWidget, angle: int, modifiers: Modifier = Modifier.NoModifier) -> bool:
    middle = QPointF(target.rect().center())
    event = QWheelEvent(
        middle,
        QPointF(target.mapToGlobal(middle.toPoint())),
        QPoint(),
        QPoint(0, angle),
        Qt.MouseButton.NoButton,
        modifiers,
        Qt.ScrollPhase.NoScrollPhase,
        False,
    )
    QApplication.sendEvent(target, event)
    return event.isAccepted()


@pytest.mark.parametrize(
    ("key", "modifier", "expected"),
    [
        (Key.Key_Up, Modifier.NoModifier, 5.5),
        (Key.Key_Down, Modifier.NoModifier, 4.5),
        (Key.Key_Up, Modifier.ShiftModifier, 7.0),
        (Key.Key_Down, Modifier.ShiftModifier, 3.0),
        (Key.Key_Up, Modifier.ControlModifier, 5.1),
        (Key.Key_Down, Modifier.ControlModifier, 4.9),
        (Key.Key_PageUp, Modifier.NoModifier, 7.0),
        (Key.Key_PageDown, Modifier.NoModifier, 3.0),
    ],
)
def test_arrow_keys_step(
    control: NumberControl, key: Key, modifier: Modifier, expected: float
) -> None:
    for target in (control.spin_box, control.slider):
        control.set_value(5.0)
        QTest.keyClick(target, key, modifier)
        assert control.value() == pytest.approx(expected)
        assert control.slider.value() == round(control.value() * 100)


def test_left_and_right_belong_to_the_text_in_the_spin_box(control: NumberControl) -> None:
    QTest.keyClick(control.spin_box, Key.Key_Right)
    assert control.value() == 5.0
    QTest.keyClick(control.slider, Key.Key_Right)
    assert control.value() == 5.5


def test_the_wheel_needs_the_focus(control: NumberControl, qtbot: QtBot) -> None:
    assert not turn(control.spin_box, 120)
    assert not turn(control.slider, 120)
    assert control.value() == 5.0
    control.setFocus()
    qtbot.waitUntil(control.spin_box.hasFocus)
    assert turn(control.slider, 120)
    assert control.value() == 5.5
    turn(control.spin_box, -120, Modifier.ShiftModifier)
    assert control.value() == 3.5
    turn(control.spin_box, 60)
    assert control.value() == 3.5, "half a notch waits for the other half"
    turn(control.spin_box, 60)
    assert control.value() == 4.0


def test_typing_goes_on_beyond_the_slider(control: NumberControl) -> None:
    control.spin_box.selectAll()
    QTest.keyClicks(control.spin_box, "30")
    assert control.value() == 30
    assert control.slider.value() == control.slider.maximum()
    control.spin_box.selectAll()
    QTest.keyClicks(control.spin_box, "99")
    assert control.value() <= 50, "what is out of range can't be typed"


def test_a_double_click_goes_back_to_the_default(control: NumberControl) -> None:
    control.set_default(7.5)
    QTest.mouseDClick(control.slider, Qt.MouseButton.LeftButton)
    assert control.value() == 7.5
    control.set_value(1)
    QTest.mouseDClick(control.findChild(QLabel), Qt.MouseButton.LeftButton)
    assert control.value() == 7.5


def test_a_press_on_the_slider_goes_there_in_whole_steps(control: NumberControl) -> None:
    slider = control.slider
    QTest.mouseClick(
        slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() - 1, slider.height() // 2)
    )
    assert control.value() == 15
    QTest.mouseClick(
        slider, Qt.MouseButton.LeftButton, pos=QPoint(slider.width() // 3, slider.height() // 2)
    )
    assert 3 < control.value() < 7
    assert control.value() % 0.5 == 0


def test_only_a_person_is_announced(control: NumberControl) -> None:
    heard: list[float] = []
    control.value_changed.connect(heard.append)
    control.set_value(9.25)
    assert heard == []
    QTest.keyClick(control.spin_box, Key.Key_Up)
    assert heard == [9.75]
    control.set_value(50)
    QTest.keyClick(control.spin_box, Key.Key_Up)
    assert heard == [9.75], "at the end nothing changes"


def test_decimals_are_shown_as_far_as_there_are_any(control: NumberControl) -> None:
    shown = []
    for value in (5, 7.5, 7.25):
        control.set_value(value)
        shown.append(control.spin_box.text())
    assert shown == ["5.0", "7.5", "7.25"]


def test_names_for_screen_readers(control: NumberControl) -> None:
    label = control.findChild(QLabel)
    assert label.buddy() is control.spin_box
    assert control.spin_box.accessibleName() == "Guidance"
    assert control.slider.accessibleName() == "Guidance"


@settings(max_examples=40, deadline=None)
@given(values=st.lists(st.floats(-10, 60), min_size=1, max_size=5))
def test_slider_and_spin_box_never_disagree(qapp: QApplication, values: list[float]) -> None:
    control = make()
    for value in values:
        control.set_value(value)
        assert 0 <= control.value() <= 50
        assert control.value() == pytest.approx(min(max(value, 0), 50), abs=0.0051)
        assert control.slider.value() == min(round(control.value() * 100), 1500)
    control.deleteLater()
