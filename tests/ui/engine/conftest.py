"""The dialogs of the engine over a session with a stand-in for it."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.engine.engine_dialog import EngineDialog
from studio.ui.session import Session
from tests.support.fakes import FakeEngine
from tests.support.statuses import CARD


@pytest.fixture
def dialog(
    qasync_loop: object, session: Session, engine: FakeEngine, qtbot: QtBot
) -> Iterator[EngineDialog]:
    engine.status = CARD
    dialog = EngineDialog(session)
    qtbot.addWidget(dialog)
    dialog.show()
    qtbot.waitExposed(dialog)
    yield dialog
