"""The seed field, its dice and its lock."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QGuiApplication
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from studio.domain.limits import MAX_IMAGES_PER_PROMPT
from studio.ui.prompt.seed_control import HIGHEST_SEED, SeedControl
from studio.ui.session import Draft
from tests.support.fakes import a_model


@pytest.fixture
def draft() -> Draft:
    return Draft(a_model(), seed=184)


@pytest.fixture
def control(draft: Draft, qtbot: QtBot) -> Iterator[SeedControl]:
    control = SeedControl(draft)
    qtbot.addWidget(control)
    control.show()
    control.activateWindow()
    yield control


def edit_of(control: SeedControl) -> QLineEdit:
    return control.findChild(QLineEdit)


def write(control: SeedControl, text: str) -> None:
    edit_of(control).selectAll()
    QTest.keyClicks(edit_of(control), text)


def test_a_typed_seed_is_taken_and_kept(control: SeedControl, draft: Draft) -> None:
    write(control, "42")
    assert (draft.seed, draft.keep_seed) == (42, True)
    assert control.findChildren(QToolButton)[1].isChecked()


def test_only_whole_numbers_in_range_can_be_typed(control: SeedControl, draft: Draft) -> None:
    write(control, "-1x2.5e7")
    assert draft.seed == 1257
    write(control, "9" * 30)
    assert draft.seed == int("9" * 18)


@pytest.mark.parametrize(
    ("pasted", "seed"),
    [
        (" 77\n", 77),
        (str(HIGHEST_SEED), HIGHEST_SEED),
        (str(HIGHEST_SEED + 1), 184),
        ("seed: 5", 184),
        ("٣", 184),
    ],
)
def test_a_pasted_seed(control: SeedControl, draft: Draft, pasted: str, seed: int) -> None:
    QGuiApplication.clipboard().setText(pasted)
    edit_of(control).selectAll()
    edit_of(control).paste()
    assert draft.seed == seed


def test_the_highest_seed_makes_a_full_queue(control: SeedControl, draft: Draft) -> None:
    draft.seed = HIGHEST_SEED
    draft.count = MAX_IMAGES_PER_PROMPT
    assert draft.requests()[-1].seed == HIGHEST_SEED + MAX_IMAGES_PER_PROMPT - 1


def test_an_empty_field_goes_back_to_the_seed(control: SeedControl, draft: Draft) -> None:
    edit = edit_of(control)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClick(edit, Qt.Key.Key_Delete)
    assert draft.seed == 184
    edit.clearFocus()
    QTest.keyClick(edit, Qt.Key.Key_Tab)
    draft.seed = 185
    assert edit.text() == "185"


def test_the_dice_draw_a_new_seed_and_keep_the_lock(control: SeedControl, draft: Draft) -> None:
    dice, lock = control.findChildren(QToolButton)
    seeds = set()
    for _ in range(5):
        QTest.mouseClick(dice, Qt.MouseButton.LeftButton)
        seeds.add(draft.seed)
        assert edit_of(control).text() == str(draft.seed)
    assert len(seeds) == 5
    assert not lock.isChecked()


def test_the_lock_is_bound_both_ways(control: SeedControl, draft: Draft) -> None:
    _, lock = control.findChildren(QToolButton)
    QTest.mouseClick(lock, Qt.MouseButton.LeftButton)
    assert draft.keep_seed
    assert "stays" in lock.toolTip()
    draft.keep_seed = False
    assert not lock.isChecked()


def test_arrow_keys_count(control: SeedControl, draft: Draft) -> None:
    QTest.keyClick(edit_of(control), Qt.Key.Key_Up)
    assert (draft.seed, draft.keep_seed) == (185, True)
    QTest.keyClick(edit_of(control), Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert draft.seed == 175
    draft.seed = 3
    QTest.keyClick(edit_of(control), Qt.Key.Key_Down, Qt.KeyboardModifier.ShiftModifier)
    assert draft.seed == 0
