"""The File menu's entries for artworks, through their dialogs."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication, QDialog, QFileDialog, QLineEdit, QWidget

from studio.document import Document
from studio.document.edits import add_paint_layer
from studio.domain.geometry import Size
from studio.ui.artwork_files import RecentMenu
from studio.ui.dialogs import NewArtworkDialog
from studio.ui.main_window import MainWindow
from studio.ui.session import Session
from studio.ui.settings import RECENT_ARTWORKS, Settings
from tests.support.fakes import picture_pixels
from tests.support.sessions import until


async def trigger(window: MainWindow, text: str) -> None:
    """Do what the menu's entry does, from Qt's loop as a click does, and wait for its end."""
    action = next(a for a in window.menus["&File"].actions() if a.text() == text)
    done: list[bool] = []

    def do() -> None:
        action.trigger()
        done.append(True)

    # No task may run below a dialog that another one has opened.
    QTimer.singleShot(0, do)
    await until(lambda: done)


def in_dialog(step: Callable[[QWidget], object]) -> None:
    """Do `step` in the next modal dialog, again until that is gone: a file dialog that still reads
    its folder forgets the name it was given."""
    timer = QTimer(QApplication.instance())

    def look() -> None:
        dialog = QApplication.activeModalWidget()
        if isinstance(dialog, QDialog):
            if not dialog.property("found"):
                dialog.setProperty("found", True)
                dialog.finished.connect(timer.stop)
                dialog.finished.connect(timer.deleteLater)
            step(dialog)

    timer.timeout.connect(look)
    timer.start(20)


def choose(path: Path) -> Callable[[QWidget], None]:
    def choose_it(dialog: QWidget) -> None:
        assert isinstance(dialog, QFileDialog)
        edit = dialog.findChild(QLineEdit, "fileNameEdit")
        edit.clear()
        edit.setText(str(path))
        # While it reads its folder, the file that lies there under the old name stays chosen.
        if Path(dialog.selectedFiles()[0]).stem == path.stem:
            dialog.accept()

    return choose_it


async def test_a_new_one_is_as_large_as_was_asked_for(window: MainWindow, session: Session) -> None:
    def fill(dialog: QWidget) -> None:
        assert isinstance(dialog, NewArtworkDialog)
        assert dialog.chosen == Size(1024, 1024)
        dialog._width.set_value(300)
        dialog._height.set_value(8192)
        dialog.accept()

    in_dialog(fill)
    await trigger(window, "New artwork…")
    document = session.editing.document
    assert document is not None
    assert document.size == Size(300, 8192)
    in_dialog(lambda dialog: dialog.close())
    await trigger(window, "New artwork…")
    assert session.editing.document is document
    await session.close()


async def test_saving_asks_once_for_a_name_and_then_no_more(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    document = Document.of_picture(picture_pixels(), "moon")
    session.editing.open(document)
    in_dialog(choose(tmp_path / "apple.ora"))
    await trigger(window, "Save")
    await until(lambda: document.path == tmp_path / "apple.ora")
    document.do(add_paint_layer(document.content))
    await trigger(window, "Save")
    await until(lambda: not document.is_modified)
    in_dialog(choose(tmp_path / "pear"))
    await trigger(window, "Save as…")
    await until(lambda: document.path == tmp_path / "pear.ora")
    assert [path.name for path in window.settings.recent_artworks] == ["pear.ora", "apple.ora"]
    await session.close()


async def test_another_one_is_proposed_where_the_last_one_lies(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    window.settings.artwork_folder = str(tmp_path)
    session.editing.open(Document.of_picture(picture_pixels(), "sun"))
    proposed: list[Path] = []

    def look(dialog: QWidget) -> None:
        assert isinstance(dialog, QFileDialog)
        proposed.append(Path(dialog.selectedFiles()[0]))
        dialog.reject()

    in_dialog(look)
    await trigger(window, "Save")
    assert proposed == [tmp_path / "sun.ora"]
    assert list(tmp_path.glob("*.ora")) == []
    await session.close()


async def test_what_was_saved_is_opened_from_the_menu(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    document = Document.of_picture(picture_pixels(), "moon")
    session.editing.open(document)
    path = tmp_path / "a & b.ora"
    session.artworks.save(path)
    await until(lambda: document.path)
    session.editing.close()
    in_dialog(choose(path))
    await trigger(window, "Open…")
    await until(lambda: session.editing.document)
    session.editing.close()
    recent = window.findChild(RecentMenu)
    recent.aboutToShow.emit()
    [action] = recent.actions()
    assert action.text() == "a && b.ora"
    action.trigger()
    await until(lambda: session.editing.document)
    path.unlink()
    recent.aboutToShow.emit()
    assert [action.isEnabled() for action in recent.actions()] == [False]
    await session.close()


async def test_layers_are_exported_and_the_artwork_keeps_its_place(
    window: MainWindow, session: Session, tmp_path: Path
) -> None:
    pytest.importorskip("psd_tools")
    await trigger(window, "Export layers as PSD…")  # says that there is none
    document = Document.of_picture(picture_pixels(), "moon")
    document.do(add_paint_layer(document.content))
    session.editing.open(document)
    in_dialog(choose(tmp_path / "moon"))
    await trigger(window, "Export layers as PSD…")
    await until((tmp_path / "moon.psd").exists)
    assert (document.path, document.is_modified) == (None, True)
    await session.close()


async def test_while_a_picture_is_on_show_saving_saves_a_copy_of_it(
    window: MainWindow, session: Session
) -> None:
    notices: list[object] = []
    session.messages.notice.connect(notices.append)
    await trigger(window, "Save")
    await trigger(window, "Save as…")
    assert len(notices) == 2  # there is no picture either
    await session.close()


def test_few_are_remembered_and_none_twice(tmp_path: Path) -> None:
    settings = Settings(tmp_path)
    for number in [*range(RECENT_ARTWORKS + 3), 5]:
        settings.remember_artwork(Path(f"/a, b/{number}.ora"))
    settings.sync()
    recent = Settings(tmp_path).recent_artworks
    assert len(recent) == len(set(recent)) == RECENT_ARTWORKS
    assert recent[0] == Path("/a, b/5.ora")
