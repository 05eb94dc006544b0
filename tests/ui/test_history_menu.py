"""The history in the real window: found by its key, cleared with a word, undone where it is."""

from __future__ import annotations

from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QMessageBox

from studio.library import Picture
from studio.library.index.outline import Grouping
from studio.library.query import parse
from studio.ui.gallery_settings import gallery_to_json, restore_gallery
from studio.ui.history_menu import clear_all_but_favourites
from studio.ui.main_window import MainWindow
from studio.ui.session import Notice, Session
from tests.support.fakes import picture_pixels
from tests.support.samples import a_request
from tests.support.sessions import until

Control = Qt.KeyboardModifier.ControlModifier


async def some(window: MainWindow, count: int) -> list[Picture]:
    library = window.session.library
    made = [
        await library.record(picture_pixels(32, 32, seed), a_request(f"picture {seed}", seed))
        for seed in range(count)
    ]
    await until(lambda: window.history.model.rowCount() == count and not window.history.is_busy())
    return made


async def test_control_f_finds_the_history_wherever_it_is(window: MainWindow) -> None:
    await some(window, 2)
    window.activateWindow()
    window.layers_dock.raise_()
    window.prompt.focus_prompt()
    QTest.keyClick(window, Qt.Key.Key_F, Control)
    assert window.history.search.line.hasFocus()
    QTest.keyClicks(window.history.search.line, "1")
    await until(lambda: window.history.footer.count_text() == "1 found")
    QTest.keyClick(window.history.search.line, Qt.Key.Key_Escape)
    await until(lambda: window.history.footer.count_text() == "2 pictures")


async def test_control_z_is_the_historys_while_the_keys_are_there(window: MainWindow) -> None:
    await some(window, 2)
    window.activateWindow()
    view = window.history.view
    view.setFocus()
    view.select_row(0)
    QTest.keyClick(view, Qt.Key.Key_Delete)
    await until(lambda: window.history.model.rowCount() == 1)
    QTest.keyClick(view, Qt.Key.Key_Z, Control)
    await until(lambda: window.history.model.rowCount() == 2)
    await until(lambda: not window.history.is_busy())


async def test_clearing_says_how_many_and_waits_for_the_word(window: MainWindow) -> None:
    made = await some(window, 3)
    library = window.session.library
    await library.rate(made[:1], 2)
    for button, left in (("Cancel", 3), ("Move to trash", 1)):
        clear_all_but_favourites(window)
        box = QApplication.activeModalWidget()
        assert isinstance(box, QMessageBox)
        assert box.text() == "2 pictures have no star."
        (wanted,) = [each for each in box.buttons() if each.text().replace("&", "") == button]
        wanted.click()
        await until(lambda left=left: library.count() == left)
    notices: list[Notice] = []
    window.session.messages.notice.connect(notices.append)
    clear_all_but_favourites(window)
    assert "nothing to clear" in notices[0].sentence
    await until(lambda: not window.history.is_busy())


async def test_a_pictures_menu_leads_to_its_lineage_and_to_a_comparison(
    window: MainWindow,
) -> None:
    made = await some(window, 2)
    texts = [action.text() for action in window.history.menu_for(made[0]).actions()]
    assert {"Lineage", "Contact sheet…"} <= set(texts)
    assert "Compare" not in texts
    window.history.view.selectAll()
    texts = [action.text() for action in window.history.menu_for(made[0]).actions()]
    assert "Compare" in texts


async def test_an_imported_picture_offers_its_settings(
    window: MainWindow, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (made,) = await some(window, 1)
    file = tmp_path / "elsewhere" / "theirs.png"
    file.parent.mkdir()
    file.write_bytes(made.path.read_bytes())
    offered: list[str] = []
    window.session.foreign_settings.wanted.disconnect()
    window.session.foreign_settings.wanted.connect(lambda _settings, name: offered.append(name))
    from dataclasses import replace

    foreign = replace(made, record=replace(made.record, request=None), imported=made.settings)
    window.session.history.use_settings(foreign)
    await until(lambda: offered)
    assert offered == [made.path.name]


def test_how_it_was_left_comes_back(window: MainWindow, session: Session) -> None:
    footer = window.history.footer
    footer.slider.setValue(200)
    footer.details.setChecked(True)
    session.gallery.group(Grouping.NONE)
    session.marks.stars_applied = False
    kept = gallery_to_json(session, footer)
    footer.slider.setValue(64)
    footer.details.setChecked(False)
    session.gallery.group(Grouping.DAY)
    session.marks.stars_applied = True
    restore_gallery(session, footer, kept)
    assert gallery_to_json(session, footer) == kept
    for broken in ("", "[]", "{", '{"size_px": "large", "grouping": "moon", "details": 3}'):
        restore_gallery(session, footer, broken)
    assert gallery_to_json(session, footer) == kept
    assert session.library.count(parse("").condition()) == 0
