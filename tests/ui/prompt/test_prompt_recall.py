"""Older prompts come back into the field, and what was being written after them."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit, QListWidget
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.ui.prompt import PromptPanel
from studio.ui.session import Session
from tests.support.fakes import FakeEngine
from tests.support.sessions import until

Control = Qt.KeyboardModifier.ControlModifier
Up, Down = Qt.Key.Key_Up, Qt.Key.Key_Down


@pytest.fixture
def panel(session: Session, qtbot: QtBot, qasync_loop: QEventLoop) -> Iterator[PromptPanel]:
    panel = PromptPanel(session)
    qtbot.addWidget(panel)
    panel.resize(320, 700)
    panel.show()
    panel.activateWindow()
    panel.focus_prompt()
    yield panel


async def use(session: Session, engine: FakeEngine, *prompts: str) -> None:
    for prompt in prompts:
        session.draft.prompt = prompt
        session.generation.generate()
        await until(lambda prompt=prompt: engine.jobs and engine.jobs[-1].request.prompt == prompt)
        job = engine.jobs[-1]
        job.start()
        job.cancel()  # what came of it makes no difference

        async def known(prompt: str = prompt) -> bool:
            return (await session.prompts.recent())[:1] == [prompt]

        while not await known():
            await asyncio.sleep(0.005)
    session.draft.prompt = ""


async def test_up_is_older_down_is_newer_and_what_was_written_comes_back(
    panel: PromptPanel, session: Session, engine: FakeEngine
) -> None:
    await use(session, engine, "an owl", "a fox", "a boat")
    field = panel._prompt
    QTest.keyClicks(field, "half of")
    for expected in ("a boat", "a fox", "an owl", "an owl"):
        QTest.keyClick(field, Up, Control)
        await until(lambda expected=expected: session.draft.prompt == expected)
    for expected in ("a fox", "a boat", "half of", "half of"):
        QTest.keyClick(field, Down, Control)
        assert session.draft.prompt == expected


async def test_recalling_is_undone_in_the_field(
    panel: PromptPanel, session: Session, engine: FakeEngine
) -> None:
    await use(session, engine, "an owl")
    field = panel._prompt
    QTest.keyClicks(field, "half of")
    QTest.keyClick(field, Up, Control)
    await until(lambda: field.toPlainText() == "an owl")
    field.undo()
    assert session.draft.prompt == "half of"


async def test_typing_begins_anew(panel: PromptPanel, session: Session, engine: FakeEngine) -> None:
    await use(session, engine, "an owl", "a fox")
    field = panel._prompt
    QTest.keyClick(field, Up, Control)
    await until(lambda: field.toPlainText() == "a fox")
    QTest.keyClicks(field, " at night")
    QTest.keyClick(field, Up, Control)
    await until(lambda: field.toPlainText() == "a fox")
    QTest.keyClick(field, Down, Control)
    assert field.toPlainText() == "a fox at night"


async def test_with_a_selection_the_keys_are_the_fields_own(
    panel: PromptPanel, session: Session, engine: FakeEngine
) -> None:
    await use(session, engine, "an owl")
    field = panel._prompt
    QTest.keyClicks(field, "some words")
    field.selectAll()
    QTest.keyClick(field, Up, Control)
    await asyncio.sleep(0.05)
    assert field.toPlainText() == "some words"


async def test_the_list_is_searched_and_chosen_from(
    panel: PromptPanel, session: Session, engine: FakeEngine
) -> None:
    await use(session, engine, "an owl at night", "a fox", "an owl at dawn")
    popup = panel.prompt_list.list
    panel.prompt_list.button.click()
    await until(lambda: len(popup.prompts()) == 3)
    assert popup.prompts() == ["an owl at dawn", "a fox", "an owl at night"]
    (words,) = popup.findChildren(QLineEdit)
    QTest.keyClicks(words, "owl")
    await until(lambda: len(popup.prompts()) == 2)
    QTest.keyClick(words, Down)
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert session.draft.prompt == "an owl at night"
    assert not popup.isVisible()
    assert not popup.findChildren(QListWidget)[0].isVisible()


async def test_one_prompt_of_several_pictures_is_remembered_once(
    panel: PromptPanel, session: Session, engine: FakeEngine
) -> None:
    session.draft.count = 3
    await use(session, engine, "an owl")
    assert await session.prompts.recent() == ["an owl"]
