"""The search field: chips of finished filters, words in the line, and what is asked when."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.ui.history.search_completion import SearchCompletion
from studio.ui.history.search_field import SearchField
from studio.ui.session import Session
from tests.support.sessions import until
from tests.ui.history.conftest import Make


@pytest.fixture
def field(qtbot: QtBot) -> Iterator[SearchField]:
    field = SearchField()
    qtbot.addWidget(field)
    field.show()
    field.activateWindow()
    field.setFocus()
    yield field


def type_in(field: SearchField, text: str) -> None:
    QTest.keyClicks(field.line, text)


def test_finished_filters_become_chips_and_words_stay(field: SearchField) -> None:
    type_in(field, "owl rating:>3")
    assert field.chips.texts() == [], "a value may still follow"
    type_in(field, " -model:ink night")
    assert field.chips.texts() == ["rating:>3", "-model:ink"]
    assert field.line.text() == "owl night"
    assert field.text() == "rating:>3 -model:ink owl night"


def test_what_is_alternative_or_unfinished_stays_text(field: SearchField) -> None:
    type_in(field, "rating:5 | tag:sky model: ")
    assert field.chips.texts() == []
    assert field.text() == "rating:5 | tag:sky model:"
    field.clear()
    type_in(field, "rating:5 OR tag:sky fox seed:7 ")
    assert field.chips.texts() == ["seed:7"]
    assert field.line.text() == "rating:5 OR tag:sky fox "


def test_asked_once_a_moment_after_the_last_key(field: SearchField, qtbot: QtBot) -> None:
    asked: list[str] = []
    field.asked.connect(asked.append)
    type_in(field, "owl")
    assert asked == []
    qtbot.waitUntil(lambda: asked == ["owl"])


def test_enter_asks_at_once_and_finishes_the_filter(field: SearchField) -> None:
    asked: list[str] = []
    field.asked.connect(asked.append)
    type_in(field, "tag:sky")
    QTest.keyClick(field.line, Qt.Key.Key_Return)
    assert asked == ["tag:sky"]
    assert field.chips.texts() == ["tag:sky"]


def test_a_chip_is_edited_by_click_and_backspace_and_taken_away(
    field: SearchField, qtbot: QtBot
) -> None:
    field.set_text("rating:>3 tag:sky fox")
    assert field.chips.texts() == ["rating:>3", "tag:sky"]
    QTest.keyClick(field.line, Qt.Key.Key_Home)
    QTest.keyClick(field.line, Qt.Key.Key_Backspace)
    assert field.chips.texts() == ["rating:>3"]
    assert field.line.text() == "fox tag:sky"
    assert field.line.selectedText() == "sky", "the value is what one wants to change"
    type_in(field, "sea ")
    assert field.chips.texts() == ["rating:>3", "tag:sea"]

    field.chips.clicked.emit("rating:>3")
    assert field.line.selectedText() == ">3"
    with qtbot.waitSignal(field.asked) as asked:
        field.chips._chips[0].removed.emit()
    assert asked.args == ["fox rating:>3"]


def test_escape_clears_then_leaves(field: SearchField) -> None:
    asked: list[str] = []
    left: list[bool] = []
    field.asked.connect(asked.append)
    field.left.connect(lambda: left.append(True))
    field.set_text("tag:sky fox")
    QTest.keyClick(field.line, Qt.Key.Key_Escape)
    assert (field.text(), asked, left) == ("", [""], [])
    QTest.keyClick(field.line, Qt.Key.Key_Escape)
    assert left == [True]


def test_set_text_asks_nothing(field: SearchField, qtbot: QtBot) -> None:
    asked: list[str] = []
    field.asked.connect(asked.append)
    field.set_text('in:"My owls" night')
    qtbot.wait(60)
    assert asked == []
    assert field.text() == 'in:"My owls" night'


async def test_fields_and_values_are_offered_and_taken(
    field: SearchField, session: Session, make: Make, qasync_loop: QEventLoop
) -> None:
    await make(2)
    completion = SearchCompletion(field.line, session)
    type_in(field, "mod")
    await until(completion.is_open)
    assert completion.labels() == ["model:"]
    QTest.keyClick(completion._popup, Qt.Key.Key_Down)
    QTest.keyClick(completion._popup, Qt.Key.Key_Return)
    await until(lambda: completion.labels() == ["tiny"])
    assert field.line.text() == "model:"
    QTest.keyClick(completion._popup, Qt.Key.Key_Down)
    QTest.keyClick(completion._popup, Qt.Key.Key_Return)
    assert field.chips.texts() == ['model:"tiny"']
    await asyncio.sleep(0.05)
    assert not completion.is_open()
