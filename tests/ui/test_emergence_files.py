"""Exporting the emergence from the menus."""

from __future__ import annotations

import asyncio
from pathlib import Path

import numpy as np
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QFileDialog

from studio.domain.request import Request
from studio.ui.dialogs.emergence_dialog import EmergenceDialog
from studio.ui.emergence_files import export_emergence
from studio.ui.main_window import MainWindow
from studio.ui.session import Emergence, Notice, Session
from studio.ui.session.pictures.emergence_export import EmergenceFormat
from tests.support.fakes import picture_pixels
from tests.support.sessions import until


def an_emergence() -> Emergence:
    previews = np.stack([picture_pixels(8, 8, seed) for seed in range(4)])
    emergence = Emergence.of_finished(picture_pixels(64, 64, 9), previews)
    emergence.of(Request("an owl", 7, "tiny", 64, 64, num_inference_steps=4))
    return emergence


def test_without_a_finished_picture_it_says_so(window: MainWindow, session: Session) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    export_emergence(window)
    assert "no finished picture" in notices[0].sentence


async def test_what_is_on_show_becomes_a_film_where_it_was_asked_for(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    session.shown.put(an_emergence(), None)
    window.settings.export_folder = str(tmp_path)
    names: list[str] = []

    def choose_format() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, EmergenceDialog)
        dialog.format.setCurrentIndex(dialog.format.findData(EmergenceFormat.WEBP))
        QTimer.singleShot(0, choose_place)
        dialog.accept()

    def choose_place() -> None:
        dialog = QApplication.activeModalWidget()
        assert isinstance(dialog, QFileDialog)
        names.extend(Path(name).name for name in dialog.selectedFiles())
        dialog.accept()

    def ask() -> None:
        QTimer.singleShot(0, choose_format)
        window.timeline.export_requested.emit()

    # As from a click: not inside a task, which would keep the others waiting.
    asyncio.get_running_loop().call_soon(ask)
    await until(lambda: (tmp_path / "an owl emerging.webp").exists())
    await until(lambda: not session.tasks.running)
    assert names == ["an owl emerging.webp"]
