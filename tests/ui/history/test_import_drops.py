"""What is dropped on the history pane."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QMimeData
from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget
from pytestqt.qtbot import QtBot

from studio.ui.history.import_drops import ImportDrops
from tests.support.drags import a_file, an_image, drop, enter
from tests.support.samples import noise
from tests.support.sessions import a_session, until


@pytest.fixture
def pane(qtbot: QtBot) -> QWidget:
    pane = QWidget()
    QVBoxLayout(pane).addWidget(QLabel("a child that takes no drops"))
    qtbot.addWidget(pane)
    return pane


async def test_files_come_into_the_history(pane: QWidget, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    Image.fromarray(noise(1)).save(path)
    async with a_session(tmp_path / "studio") as (session, _, notices):
        ImportDrops(pane, session.importing)
        assert enter(pane, a_file(path))
        assert not session.tasks.running
        drop(pane, a_file(path))
        await until(lambda: notices)
        assert notices[0].sentence == "1 picture came into the history."


async def test_what_is_no_file_is_refused(pane: QWidget, tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio") as (session, _, _):
        ImportDrops(pane, session.importing)
        text = QMimeData()
        text.setText("/etc/passwd")
        assert not enter(pane, text)
        assert not enter(pane, an_image(noise(1)))
        assert not session.tasks.running
