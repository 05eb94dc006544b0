"""Upscaling by the menus: which upscaler, which picture, and what is said without one."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot

from studio.domain.task import Task
from studio.domain.upscalers import UpscalerName
from studio.ui import pictures
from studio.ui.main_window import MainWindow
from studio.ui.session import Notice, Session
from studio.ui.settings import Settings
from studio.ui.upscaler_menu import UpscalerMenu
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.samples import noise
from tests.support.sessions import a_finished_picture, until


@pytest.fixture
def window(session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path) -> MainWindow:
    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.furnish(session)
    return window


def entry(window: MainWindow, *texts: str) -> QAction:
    """The entry of the Picture menu under these titles."""
    menu = window.menus["&Picture"]
    for text in texts[:-1]:
        menu = next(action for action in menu.actions() if action.text() == text).menu()
    return next(action for action in menu.actions() if action.text() == texts[-1])


def test_the_upscaler_in_use_is_marked_and_another_one_can_be_chosen(window: MainWindow) -> None:
    menu = window.findChild(UpscalerMenu)
    assert [action.text() for action in menu.actions()] == ["Fast", "Fine, slow"]
    assert [action.isChecked() for action in menu.actions()] == [True, False]
    menu.actions()[1].trigger()
    assert window.session.draft.upscaler == UpscalerName.FINE
    menu.aboutToShow.emit()
    assert [action.isChecked() for action in menu.actions()] == [False, True]
    window.remember()
    assert UpscalerName.FINE in window.settings.request


async def test_the_shown_picture_is_upscaled_from_both_menus(
    window: MainWindow, engine: FakeEngine
) -> None:
    session = window.session
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    entry(window, "Upscale 2×").trigger()
    assert "upscale" in notices[0].sentence

    picture = await a_finished_picture(session, engine)
    entry(window, "Upscale 4×").trigger()
    (at_canvas,) = (a for a in window.canvas.actions() if a.text() == "Upscale 2×")
    at_canvas.trigger()
    await until(lambda: len(engine.jobs) == 3)
    for job in engine.jobs[1:]:
        assert job.request.task is Task.UPSCALE
        assert job.request.init_image is not None
        assert job.request.init_image.digest == picture.pixel_digest
    assert {job.request.upscale for job in engine.jobs[1:]} == {2, 4}


async def test_a_chosen_file_is_upscaled(
    window: MainWindow, engine: FakeEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "photo.png"
    Image.fromarray(noise(1, 5, 3)).save(path)
    answers = [("", ""), (str(path), "")]
    monkeypatch.setattr(QFileDialog, "getOpenFileName", lambda *_: answers.pop(0))
    for _ in range(2):
        entry(window, "Upscale a picture file", "4×…").trigger()
    await until(lambda: engine.jobs)
    assert str(engine.jobs[0].request.finished_size) == "20 × 12"
    assert len(engine.jobs) == 1
    assert window.settings.open_folder == str(tmp_path)


async def test_the_artwork_on_the_canvas_is_upscaled_and_copied_as_it_is_seen(
    window: MainWindow, engine: FakeEngine
) -> None:
    session = window.session
    await a_finished_picture(session, engine)
    painted = picture_pixels(21, 12, 9)
    session.editing.open_pixels(painted, "My own")
    entry(window, "Upscale 2×").trigger()
    await until(lambda: len(engine.jobs) == 2)
    ref = engine.jobs[1].request.init_image
    assert ref is not None
    assert np.array_equal(session.library.input_pixels(ref.digest), painted)
    pictures.copy(window)
    assert QGuiApplication.clipboard().image().size().toTuple() == (21, 12)
    session.editing.leave()
    pictures.copy(window)
    assert QGuiApplication.clipboard().image().size().toTuple() == (64, 64)
