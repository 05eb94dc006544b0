"""Generate, Stop, Queue and what the engine says, on a session whose engine the test drives."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from qasync import QEventLoop

from studio.engine import EngineState
from studio.ui.prompt import PromptPanel
from studio.ui.prompt.generate_bar import GenerateBar
from studio.ui.session import Session
from tests.support.fakes import FakeEngine


def bar_of(panel: PromptPanel) -> GenerateBar:
    return panel.findChild(GenerateBar)


def click(button: object) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)  # type: ignore[call-overload]


async def settle() -> None:
    for _ in range(5):
        await asyncio.sleep(0)


async def recorded(session: Session, count: int) -> None:
    """Wait until that many pictures are on the disk and nothing is under way."""
    while session.library.count() < count or session.jobs.progress is not None:
        await asyncio.sleep(0.01)
    await session.library.close()


async def test_generate_becomes_stop_with_progress(
    panel: PromptPanel, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    bar = bar_of(panel)
    assert bar.button.text().startswith("Generate")
    assert bar.button.property("role") == "primary"
    assert not bar.queue_button.isVisible()
    session.draft.num_inference_steps = 20
    click(bar.button)
    (job,) = engine.jobs
    job.start()
    await settle()
    assert bar.button.text() == "Stop"
    assert bar.button.accessibleName() == "Stop"
    job.preview(11)
    await settle()
    assert (bar.button.text(), bar.button.detail()) == ("Stop", "11 / 20")
    assert bar.button.fraction() == 0.55
    job.finish()
    assert bar.button.text().startswith("Generate")
    assert bar.button.fraction() is None
    await recorded(session, 1)


async def test_stop_stops_the_running_job_only(
    panel: PromptPanel, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    bar = bar_of(panel)
    click(bar.button)
    engine.jobs[0].start()
    click(bar.queue_button)
    await settle()
    click(bar.button)
    await settle()
    assert [job.was_cancelled for job in engine.jobs] == [True, False]
    assert bar.button.text().startswith("Generate")


async def test_it_says_that_it_is_stopping_until_the_step_is_done(
    panel: PromptPanel, session: Session, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    bar = bar_of(panel)
    click(bar.button)
    job = engine.jobs[0]
    job.start()
    job.preview(2)
    await settle()
    job.was_cancelled = True  # a job between two steps takes a while to end
    click(bar.button)
    assert bar.button.text() == "Stopping…"
    job.preview(3)
    await settle()
    assert bar.button.text() == "Stopping…"
    click(bar.queue_button)
    job.finish()
    engine.jobs[1].start()
    await settle()
    assert bar.button.text() == "Stop"
    engine.close()
    await recorded(session, 1)


async def test_queue_and_control_enter_queue_one_more(
    panel: PromptPanel, engine: FakeEngine, qasync_loop: QEventLoop
) -> None:
    bar = bar_of(panel)
    click(bar.button)
    engine.jobs[0].start()
    await settle()
    assert "Ctrl+Enter" in bar.button.toolTip()
    click(bar.queue_button)
    QTest.keyClick(panel.focusWidget(), Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    assert len(engine.waiting) == 2


def test_it_says_quietly_that_the_engine_warms_up(panel: PromptPanel, engine: FakeEngine) -> None:
    bar = bar_of(panel)

    def said() -> list[tuple[str, str]]:
        labels = [label for label in bar.findChildren(QLabel) if label.isVisible()]
        return [(label.text(), label.property("role")) for label in labels]

    assert said() == []
    engine.set_status(EngineState.WARMING)
    assert said() == [("Warming up; you can already write.", "small")]
    assert bar.button.isEnabled()
    engine.set_status(EngineState.FAILED, "The model's file is damaged.")
    assert said() == [("The model's file is damaged.", "error")]
    engine.set_status(EngineState.READY)
    assert said() == []
