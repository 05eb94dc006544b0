"""The corner of the menu bar says what the engine runs on and how fast."""

from __future__ import annotations

import asyncio

from PySide6.QtCore import Qt
from pytestqt.qtbot import QtBot

from studio.engine import EngineState, EngineStatus
from studio.readout import Reading
from studio.ui.engine_label import EngineLabel, in_words, memory_in_words
from studio.ui.session import JobStage, Progress, Session
from tests.support.fake_sensors import FakeSensor
from tests.support.fakes import FakeEngine


def told(label: EngineLabel) -> str:
    """What it says, without the room for further figures."""
    return label.text().replace("\u2007", "")


def test_it_tells_device_state_and_memory(
    session: Session, engine: FakeEngine, qtbot: QtBot
) -> None:
    label = EngineLabel(session)
    qtbot.addWidget(label)
    engine.set_status(EngineState.WARMING)
    assert "warming up" in label.text()
    engine.status = EngineStatus(EngineState.READY, "A card", 3 * 2**30)
    engine.status_changed.emit(engine.status)
    assert label.text() == "A card  ·  3.0 GiB"


def test_it_tells_the_pace_while_a_job_runs(session: Session, qtbot: QtBot) -> None:
    label = EngineLabel(session)
    qtbot.addWidget(label)
    session.jobs.progress = Progress(3, 20, 8.25, 2.0)
    session.jobs.progress_changed.emit()
    assert "8.2 it/s" in label.text()
    session.jobs.progress = Progress(3, 8, 0.5, 10.0, JobStage.UPSCALING)
    session.jobs.progress_changed.emit()
    assert "0.5 tiles/s" in label.text()
    session.jobs.progress = None
    session.jobs.progress_changed.emit()
    assert "it/s" not in label.text()


def test_it_tells_what_the_device_does(session: Session, qtbot: QtBot) -> None:
    label = EngineLabel(session)
    qtbot.addWidget(label)
    session.readings.of = "GPU"
    asyncio.run(session.readings.look(FakeSensor()))
    session.jobs.progress = Progress(3, 20, 8.25, 2.0)
    session.jobs.progress_changed.emit()
    assert told(label).endswith("8.2 it/s  ·  97 %, 61 °C, 250 W  ·  6.0 of 24 GiB")
    assert "6.0 of 24.0 GiB in use by all programs" in label.toolTip()
    assert in_words(Reading()) == memory_in_words(Reading()) == []


def test_a_processor_tells_its_load_and_the_memory_alone(session: Session, qtbot: QtBot) -> None:
    session.readings.of = "CPU"
    asyncio.run(session.readings.look(FakeSensor()))
    label = EngineLabel(session)
    qtbot.addWidget(label)
    assert told(label) == "no device  ·  97 %  ·  6.0 of 24 GiB"
    assert "61 °C" in label.toolTip()


def test_numbers_change_once_a_second_at_most_and_keep_their_place(
    session: Session, qtbot: QtBot
) -> None:
    label = EngineLabel(session)
    qtbot.addWidget(label)
    label._rest.setInterval(50)
    session.jobs.progress = Progress(3, 20, 8.25, 2.0)
    session.jobs.progress_changed.emit()
    before = label.text()
    widths = {label.fontMetrics().horizontalAdvance(before)}
    session.jobs.progress = Progress(4, 20, 18.0, 2.0)
    session.jobs.progress_changed.emit()
    assert label.text() == before
    qtbot.waitUntil(lambda: "18.0 it/s" in label.text())
    widths.add(label.fontMetrics().horizontalAdvance(label.text()))
    assert len(widths) == 1
    session.jobs.progress = None
    session.jobs.progress_changed.emit()
    assert "it/s" not in label.text(), "the end is told at once"


def test_a_click_asks_for_the_engine(session: Session, qtbot: QtBot) -> None:
    label = EngineLabel(session)
    qtbot.addWidget(label)
    asked: list[bool] = []
    session.models.engine_wanted.connect(lambda: asked.append(True))
    qtbot.mouseClick(label, Qt.MouseButton.RightButton)
    assert not asked
    qtbot.mouseClick(label, Qt.MouseButton.LeftButton)
    assert asked


def test_a_device_named_like_markup_is_shown_as_it_is(
    session: Session, engine: FakeEngine, qtbot: QtBot
) -> None:
    label = EngineLabel(session)
    qtbot.addWidget(label)
    engine.status = EngineStatus(EngineState.READY, "<b>card</b>")
    engine.status_changed.emit(engine.status)
    assert label.text() == "<b>card</b>"
    assert label.textFormat() is Qt.TextFormat.PlainText
