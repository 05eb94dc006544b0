"""The queue: what waits, in order; moved by buttons, keys and drag; taken out; cleared."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest
from PySide6.QtCore import QModelIndex, Qt
from PySide6.QtTest import QAbstractItemModelTester, QTest
from PySide6.QtWidgets import QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.request import PictureRef
from studio.library import upscale_request
from studio.ui.prompt import PromptPanel, QueueView
from studio.ui.prompt.queue_model import QueueModel
from studio.ui.session import Session
from tests.support.fakes import FakeEngine
from tests.support.samples import a_request


def seeds(engine: FakeEngine) -> list[int]:
    return [job.request.seed for job in engine.waiting]


def fill(engine: FakeEngine, count: int = 4, running: bool = True) -> None:
    for seed in range(count):
        engine.submit(a_request(f"picture {seed}", seed))
    if running:
        engine.jobs[0].start()


def queue_of(panel: PromptPanel) -> QueueView:
    queue = panel.findChild(QueueView)
    assert isinstance(queue, QueueView)
    return queue


def button(queue: QWidget, name: str) -> QToolButton:
    (found,) = [
        one for one in queue.findChildren(QToolButton) if one.accessibleName().startswith(name)
    ]
    return found


def press(queue: QWidget, name: str) -> None:
    QTest.mouseClick(button(queue, name), Qt.MouseButton.LeftButton)


def select(queue: QueueView, row: int) -> None:
    queue.view.setCurrentIndex(queue.view.model().index(row, 0))


def rows(queue: QueueView) -> list[str]:
    model = queue.view.model()
    return [model.index(row, 0).data() for row in range(model.rowCount())]


def test_it_takes_no_room_while_nothing_waits(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    assert not queue.isVisible()
    fill(engine, 1)
    assert not queue.isVisible(), "a job that runs doesn't wait"
    engine.submit(a_request())
    assert queue.isVisible()
    engine.clear()
    assert not queue.isVisible()


def test_it_is_one_line_until_it_is_opened(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    fill(engine, 3)
    heading = queue.findChild(QPushButton)
    assert heading.text() == "Queue 2"
    assert not queue.view.isVisible()
    QTest.mouseClick(heading, Qt.MouseButton.LeftButton)
    assert queue.view.isVisible()
    assert rows(queue) == ["picture 0", "picture 1", "picture 2"]
    assert not queue.view.grab().isNull()


def test_buttons_and_keys_move_the_selected_job(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    fill(engine)
    queue.set_open(True)
    select(queue, 3)
    press(queue, "Make it earlier")
    assert seeds(engine) == [1, 3, 2]
    assert queue.selected_job().request.seed == 3, "the selection goes with the job"
    QTest.keyClick(queue.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert seeds(engine) == [3, 1, 2]
    assert not button(queue, "Make it earlier").isEnabled()
    QTest.keyClick(queue.view, Qt.Key.Key_Up, Qt.KeyboardModifier.AltModifier)
    assert seeds(engine) == [3, 1, 2]
    press(queue, "Make it later")
    assert seeds(engine) == [1, 3, 2]


def test_the_running_job_stays_on_top(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    fill(engine)
    queue.set_open(True)
    select(queue, 0)
    assert not button(queue, "Make it earlier").isEnabled()
    assert not button(queue, "Make it later").isEnabled()
    assert not queue.view.model().flags(queue.view.model().index(0, 0)) & (
        Qt.ItemFlag.ItemIsDragEnabled
    )
    assert not queue.view.model().moveRow(QModelIndex(), 0, QModelIndex(), 3)
    press(queue, "Take it out")
    assert engine.jobs[0].was_cancelled


@pytest.mark.parametrize(
    ("source", "destination", "expected"),
    [(3, 1, [3, 1, 2]), (1, 3, [2, 1, 3]), (1, 4, [2, 3, 1]), (2, 0, [2, 1, 3])],
)
def test_a_drop_between_two_rows_moves_the_job_there(
    panel: PromptPanel,
    engine: FakeEngine,
    source: int,
    destination: int,
    expected: list[int],
) -> None:
    queue = queue_of(panel)
    fill(engine)
    # What QListView calls when a row of its own is dropped.
    assert queue.view.model().moveRow(QModelIndex(), source, QModelIndex(), destination)
    assert seeds(engine) == expected
    assert rows(queue) == ["picture 0", *(f"picture {seed}" for seed in expected)]


def test_delete_takes_the_selected_job_out(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    fill(engine)
    queue.set_open(True)
    select(queue, 2)
    QTest.keyClick(queue.view, Qt.Key.Key_Delete)
    assert seeds(engine) == [1, 3]
    assert rows(queue) == ["picture 0", "picture 1", "picture 3"]


def test_clear_leaves_the_running_one(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    fill(engine)
    queue.set_open(True)
    press(queue, "Clear")
    assert seeds(engine) == []
    assert not engine.jobs[0].was_cancelled


def test_prompts_are_plain_text(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    engine.submit(a_request("a <b>bold</b>\nprompt", 5))
    index = queue.view.model().index(0, 0)
    assert index.data() == "a <b>bold</b> prompt"
    assert "&lt;b&gt;" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert "seed 5" in index.data(Qt.ItemDataRole.AccessibleTextRole)


async def test_a_full_round_with_the_session(
    panel: PromptPanel, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    queue = queue_of(panel)
    session.draft.count = 3
    session.generation.generate()
    assert len(rows(queue)) == 3
    for job in tuple(engine.jobs):
        job.start()
        job.finish()
    assert rows(queue) == []
    while session.library.count() < 3 or session.shown.picture is None:
        await asyncio.sleep(0.01)
    await session.library.close()


def test_the_model_keeps_qts_rules(engine: FakeEngine, qtbot: QtBot) -> None:
    fill(engine, 3)
    model = QueueModel(engine)
    QAbstractItemModelTester(model, QAbstractItemModelTester.FailureReportingMode.Warning)
    fill(engine, 3, running=False)
    engine.move(engine.waiting[3], 0)
    engine.move(engine.waiting[0], 4)
    engine.waiting[1].cancel()
    engine.jobs[0].finish()
    engine.waiting[0].start()
    engine.clear()
    assert model.rowCount() == 1


def test_an_upscaling_says_what_becomes_how_large(panel: PromptPanel, engine: FakeEngine) -> None:
    queue = queue_of(panel)
    picture = PictureRef("0a" * 32, 300, 200)
    engine.submit(upscale_request(picture, 4, "net", None))
    engine.submit(replace(upscale_request(picture, 2, "net", None), prompt="a fox"))
    assert rows(queue) == ["Upscale 4×", "Upscale 2×  a fox"]
    index = queue.view.model().index(0, 0)
    assert "to 1200 × 800" in index.data(Qt.ItemDataRole.ToolTipRole)
    assert index.data(Qt.ItemDataRole.AccessibleTextRole) == "Upscale 4×, to 1200 × 800, waiting"
    queue.set_open(True)
    assert not queue.view.grab().isNull()
