"""A style pane that is shown, with a shelf of stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from PIL import Image
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.ui.session import Session
from studio.ui.settings import Settings
from studio.ui.style import StylePanel
from tests.support.fakes import FakeEngine, make_session, picture_pixels


@pytest.fixture
def session(tmp_path: Path, engine: FakeEngine) -> Iterator[Session]:
    """With two paintings and two painted styles that came with the studio."""
    shipped = tmp_path / "shipped"
    for index, name in enumerate(("pictures/garden", "pictures/wave", "painted/m1", "painted/m2")):
        path = shipped / f"{name}.jpg"
        path.parent.mkdir(parents=True, exist_ok=True)
        Image.fromarray(picture_pixels(60, 40, index)).save(path)
    session = make_session(tmp_path / "studio", engine, shipped_styles=shipped)
    yield session
    session.library.store.close()


@pytest.fixture
def photo(tmp_path: Path) -> Path:
    path = tmp_path / "harbour.png"
    Image.fromarray(picture_pixels(120, 80, 5)).save(path)
    return path


@pytest.fixture
def pane(
    qasync_loop: QEventLoop, session: Session, tmp_path: Path, qtbot: QtBot
) -> Iterator[StylePanel]:
    # As in the app; its threads can be waited for.
    executor = ThreadPoolExecutor()
    qasync_loop.set_default_executor(executor)
    pane = StylePanel(session, Settings(tmp_path / "config"))
    qtbot.addWidget(pane)
    pane.resize(320, 640)
    pane.show()
    pane.activateWindow()
    yield pane
    qasync_loop.run_until_complete(session.close())
    executor.shutdown()
    # What the threads have told the loop by now.
    qasync_loop.run_until_complete(asyncio.sleep(0.01))
