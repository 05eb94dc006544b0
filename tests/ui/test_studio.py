"""The whole studio with its window: a prompt becomes a picture, on the canvas and on the disk."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication

from studio.app import Studio, open_where_chosen
from studio.folders import Folders
from studio.library import read_picture, read_request
from studio.ui.controls.text_field import TextField
from studio.ui.settings import Settings
from tests.support.tiny_models import write_tiny_model

if TYPE_CHECKING:
    from qasync import QEventLoop

LIMIT_S = 90
STEPS = 4


@pytest.fixture(scope="module")
def model_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("models")
    write_tiny_model(folder / "tiny")
    return folder


def folders_of(home: Path, models: Path) -> Folders:
    return Folders(
        pictures=home / "pictures",
        data=home / "data",
        config=home / "config",
        cache=home / "cache",
        logs=home / "logs",
        models=(models,),
    )


@asynccontextmanager
async def open_studio(home: Path, models: Path) -> AsyncIterator[Studio]:
    folders = folders_of(home, models)
    studio = await Studio.open(folders, Settings(folders.config))
    try:
        yield studio
    finally:
        await studio.close()


async def until(holds: Callable[[], object]) -> None:
    async with asyncio.timeout(LIMIT_S):
        while not holds():
            await asyncio.sleep(0.01)


def prompt_of(studio: Studio) -> TextField:
    return studio.window.prompt.findChildren(TextField)[0]


async def make(studio: Studio, prompt: str) -> None:
    made = studio.library.count()
    studio.session.draft.num_inference_steps = STEPS
    edit = prompt_of(studio)
    edit.setFocus()
    edit.selectAll()
    QTest.keyClicks(edit, prompt)
    QTest.keyClick(edit, Qt.Key.Key_Return, Qt.KeyboardModifier.ControlModifier)
    await until(lambda: studio.library.count() > made and studio.session.shown.picture)
    await until(lambda: studio.session.jobs.progress is None)


async def test_typed_made_scrubbed_and_found_again_after_a_restart(
    qasync_loop: QEventLoop, tmp_path: Path, model_folder: Path
) -> None:
    async with open_studio(tmp_path, model_folder) as studio:
        await make(studio, "a cat")
        session = studio.session
        first = session.shown.picture
        assert first is not None
        assert first.request.prompt == "a cat"
        assert read_request(first.path) == first.request
        image = session.artwork.pixels
        assert np.array_equal(image, read_picture(first.path))

        # Every step is there, and the picture is where it was when one lets go.
        emergence = session.shown.emergence
        assert emergence is not None
        assert emergence.total_steps == STEPS
        studio.window.timeline.previous_step()
        assert not np.array_equal(session.artwork.pixels, image)
        studio.window.timeline.follow()
        assert np.array_equal(session.artwork.pixels, image)
        await until(lambda: studio.window.history.model.rowCount() > 0)
        studio.window.close()

    async with open_studio(tmp_path, model_folder) as studio:
        assert studio.session.draft.prompt == "a cat"
        await until(lambda: studio.window.history.model.rowCount() > 0)
        [again] = await studio.library.page()
        assert again == first
        studio.session.history.show(again)
        await until(lambda: studio.session.shown.picture)
        assert np.array_equal(studio.session.artwork.pixels, image)
        assert studio.session.shown.emergence is not None
        assert studio.session.shown.emergence.total_steps == STEPS

        # Its settings make it again, to the pixel.
        studio.session.history.use_settings(again)
        await until(lambda: studio.session.draft.keep_seed)
        studio.session.generation.generate()
        await until(
            lambda: (
                studio.library.count() == 2 and studio.session.shown.picture not in (None, again)
            )
        )
        assert studio.session.shown.picture is not None
        assert studio.session.shown.picture.pixel_digest == first.pixel_digest


async def test_ctrl_enter_makes_exactly_one_picture(
    qasync_loop: QEventLoop, tmp_path: Path, model_folder: Path
) -> None:
    async with open_studio(tmp_path, model_folder) as studio:
        studio.window.activateWindow()
        await make(studio, "one")
        await asyncio.sleep(0.1)
        assert studio.library.count() == 1
        assert not studio.engine.waiting
        assert studio.engine.running is None


async def test_every_entry_of_the_menus_has_its_own_shortcut(
    qasync_loop: QEventLoop, tmp_path: Path, model_folder: Path
) -> None:
    async with open_studio(tmp_path, model_folder) as studio:
        keys = [
            sequence.toString()
            for menu in studio.window.menuBar().actions()
            for action in menu.menu().actions()
            for sequence in action.shortcuts()
        ]
        assert len(keys) > 15
        assert len(keys) == len(set(keys))


async def test_copying_puts_the_shown_picture_on_the_clipboard(
    qasync_loop: QEventLoop, tmp_path: Path, model_folder: Path
) -> None:
    async with open_studio(tmp_path, model_folder) as studio:
        await make(studio, "a cat")
        _action(studio, "Copy merged").trigger()
        copied = QApplication.clipboard().image()
        assert (copied.width(), copied.height()) == (32, 32)
        pixel = copied.pixelColor(3, 5)
        assert studio.session.artwork.pixels is not None
        assert (pixel.red(), pixel.green(), pixel.blue()) == tuple(
            studio.session.artwork.pixels[5, 3]
        )


async def test_a_pictures_folder_that_is_gone_keeps_nobody_from_painting(
    qasync_loop: QEventLoop, tmp_path: Path, model_folder: Path
) -> None:
    folders = folders_of(tmp_path, model_folder)
    settings = Settings(folders.config)
    (tmp_path / "no folder").write_text("a file lies where the drive was")
    settings.pictures_folder = str(tmp_path / "no folder" / "pictures")
    studio = await open_where_chosen(folders, settings)
    try:
        assert studio.library.folder == folders.pictures
        assert studio.window.message_bar.isVisible()
        await make(studio, "a cat")
    finally:
        await studio.close()


async def test_what_needs_a_picture_says_so_when_there_is_none(
    qasync_loop: QEventLoop, tmp_path: Path, model_folder: Path
) -> None:
    async with open_studio(tmp_path, model_folder) as studio:
        notices: list[object] = []
        studio.session.messages.notice.connect(notices.append)
        for text in ("Save a copy…", "Export…", "Show in folder", "Copy merged"):
            _action(studio, text).trigger()
        assert len(notices) == 4
        assert studio.window.message_bar.isVisible()


def _action(studio: Studio, text: str):
    return next(
        action
        for menu in studio.window.menuBar().actions()
        for action in menu.menu().actions()
        if action.text() == text
    )
