"""Sizes: presets, typed sides that snap, swapping."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox, QSpinBox, QToolButton
from pytestqt.qtbot import QtBot

from studio.domain.geometry import Size
from studio.ui.prompt.size_control import SizeControl
from studio.ui.session import Draft
from tests.support.fakes import a_model


@pytest.fixture
def draft() -> Draft:
    return Draft.for_model(a_model(size_multiple_px=8))


@pytest.fixture
def control(draft: Draft, qtbot: QtBot) -> Iterator[SizeControl]:
    control = SizeControl(draft)
    qtbot.addWidget(control)
    control.show()
    control.activateWindow()
    yield control


def sides(control: SizeControl) -> tuple[QSpinBox, QSpinBox]:
    width, height = control.findChildren(QSpinBox)
    return width, height


def type_into(side: QSpinBox, text: str) -> None:
    side.selectAll()
    QTest.keyClicks(side, text)


def test_presets_are_the_models(control: SizeControl, draft: Draft) -> None:
    presets = control.findChild(QComboBox)
    assert [presets.itemText(row) for row in range(presets.count())] == [
        "64 × 64  square",
        "96 × 64  landscape",
        "64 × 96  portrait",
        "Custom",
    ]
    QTest.keyClick(presets, Qt.Key.Key_Down)
    assert draft.size == Size(96, 64)
    assert [side.value() for side in sides(control)] == [96, 64]


def test_a_typed_side_snaps_when_the_field_is_left(control: SizeControl, draft: Draft) -> None:
    width, height = sides(control)
    type_into(width, "101")
    assert draft.size == Size(104, 64), "the draft is right while the artist types"
    assert width.text() == "101", "and the field is left alone"
    QTest.keyClick(width, Qt.Key.Key_Return)
    assert width.text() == "104"
    assert control.findChild(QComboBox).currentText() == "Custom"
    type_into(height, "3")
    QTest.keyClick(height, Qt.Key.Key_Return)
    assert draft.size == Size(104, 16), "no less than a picture can be"


def test_arrow_keys_go_from_multiple_to_multiple(control: SizeControl, draft: Draft) -> None:
    width, _ = sides(control)
    QTest.keyClick(width, Qt.Key.Key_Up)
    assert draft.size == Size(72, 64)
    draft.size = Size(70, 64)
    QTest.keyClick(width, Qt.Key.Key_Up)
    assert draft.size == Size(80, 64)


def test_swap_and_back(control: SizeControl, draft: Draft) -> None:
    draft.size = Size(96, 64)
    swap = control.findChild(QToolButton)
    QTest.mouseClick(swap, Qt.MouseButton.LeftButton)
    assert draft.size == Size(64, 96)
    QTest.mouseClick(swap, Qt.MouseButton.LeftButton)
    assert draft.size == Size(96, 64)


def test_another_model_brings_its_own_sizes(control: SizeControl, draft: Draft) -> None:
    draft.use_model(a_model("big", sizes=(Size(512, 512),), size_multiple_px=64))
    presets = control.findChild(QComboBox)
    assert presets.currentText() == "512 × 512  square"
    assert presets.count() == 2
    QTest.keyClick(sides(control)[0], Qt.Key.Key_Up)
    assert draft.size == Size(576, 512)


def test_a_restored_size_is_shown_as_it_is(control: SizeControl, draft: Draft) -> None:
    draft.size = Size(65, 67)
    assert [side.value() for side in sides(control)] == [65, 67]
    assert draft.size == Size(65, 67)
