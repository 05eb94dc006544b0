"""What every test of the window needs: a session on a real library, with a fake engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from pytestqt.qtbot import QtBot

from studio.ui.main_window import MainWindow
from studio.ui.session import Session
from studio.ui.settings import Settings
from tests.support.fakes import FakeEngine, make_session


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def session(tmp_path: Path, engine: FakeEngine) -> Iterator[Session]:
    session = make_session(tmp_path / "studio", engine)
    yield session
    session.library.store.close()


@pytest.fixture
def window(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> Iterator[MainWindow]:
    """The real window around the session, on the screen."""
    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.furnish(session)
    window.show()
    qtbot.waitExposed(window)
    yield window
