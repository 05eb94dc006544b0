"""The line that says how the model lies on the device."""

from __future__ import annotations

from pytestqt.qtbot import QtBot

from studio.engine import EngineState, EngineStatus
from studio.ui.prompt.placement_line import PlacementLine
from studio.ui.session import Session
from tests.support.fakes import FakeEngine


def test_it_says_what_the_engine_chose_and_keeps_its_height(
    session: Session, engine: FakeEngine, qtbot: QtBot
) -> None:
    line = PlacementLine(session)
    qtbot.addWidget(line)
    assert line.text() == ""
    height = line.sizeHint().height()
    sentence = "Its parts take turns on the card; fp16."
    for state, said in ((EngineState.WARMING, "Loading…"), (EngineState.READY, sentence)):
        engine.status = EngineStatus(state, "a card", placement=sentence)
        engine.status_changed.emit(engine.status)
        assert line.text() == said
        assert said in line.toolTip()
        assert line.sizeHint().height() == height


def test_a_sentence_wraps_into_two_lines_and_is_whole_in_the_tooltip(
    session: Session, engine: FakeEngine, qtbot: QtBot
) -> None:
    line = PlacementLine(session)
    qtbot.addWidget(line)
    line.resize(226, line.sizeHint().height())
    short = "Kept whole in memory: needs 0.1 of 23.5 GiB; fp32."
    assert line.fontMetrics().horizontalAdvance(short) > line.width()
    long = f"{short} Even so it may not fit, as far as anyone can tell by now: take less."
    for sentence, is_whole in ((short, True), (long, False)):
        engine.status = EngineStatus(EngineState.READY, "a card", placement=sentence)
        engine.status_changed.emit(engine.status)
        first, second = line.lines()
        assert sentence.startswith(first)
        assert (f"{first} {second}" == sentence) is is_whole
        assert second.endswith("…") is not is_whole
        assert sentence in line.toolTip()
        widths = map(line.fontMetrics().horizontalAdvance, (first, second))
        assert all(width <= line.width() for width in widths)
    line.resize(900, line.height())
    assert line.lines() == [long]
