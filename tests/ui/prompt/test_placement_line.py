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
