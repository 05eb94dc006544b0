"""The settings of another program's picture: seen as plain text, taken over where checked."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtGui import QTextDocument
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QPlainTextEdit, QPushButton, QWidget
from pytestqt.qtbot import QtBot

from studio.library.settings import PictureSettings
from studio.ui.canvas.drop_menu import DropMenu
from studio.ui.dialogs.settings_dialog import SettingsDialog
from studio.ui.main_window import MainWindow
from studio.ui.session import Session
from tests.support.fakes import FakeEngine
from tests.support.foreign_pictures import png
from tests.support.sessions import until

SETTINGS = PictureSettings(
    program="AUTOMATIC1111",
    prompt="a fox",
    negative_prompt="blur",
    model="v1-5-pruned",
    seed=77,
    steps=31,
    sampler="Restart",
    others=(("ENSD", "31337"),),
)


@pytest.fixture
def parent(qtbot: QtBot) -> QWidget:
    parent = QWidget()
    qtbot.addWidget(parent)
    parent.show()
    return parent


def _shown(
    session: Session, settings: PictureSettings, name: str, parent: QWidget
) -> SettingsDialog:
    dialog = SettingsDialog(session, settings, name, parent)
    dialog.open()
    return dialog


def _boxes(dialog: SettingsDialog) -> dict[str, QCheckBox]:
    return {box.text(): box for box in dialog.findChildren(QCheckBox)}


def _button(dialog: SettingsDialog, text: str) -> QPushButton:
    return next(button for button in dialog.findChildren(QPushButton) if button.text() == text)


def test_only_what_is_checked_is_taken_over(session: Session, parent: QWidget) -> None:
    before = session.draft.num_inference_steps
    dialog = _shown(session, SETTINGS, "theirs.png", parent)
    boxes = _boxes(dialog)
    assert not boxes["Model"].isEnabled()
    assert not boxes["Sampler"].isEnabled()

    QTest.keyClick(boxes["Steps"], Qt.Key.Key_Space)
    QTest.mouseClick(_button(dialog, "Use these settings"), Qt.MouseButton.LeftButton)

    assert session.draft.prompt == "a fox"
    assert session.draft.seed == 77
    assert session.draft.num_inference_steps == before
    assert isinstance(session.engine, FakeEngine)
    assert not session.engine.jobs


def test_backing_out_changes_nothing(session: Session, parent: QWidget) -> None:
    before = replace(session.draft)
    dialog = _shown(session, SETTINGS, "theirs.png", parent)
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert session.draft == before


def test_with_nothing_checked_there_is_nothing_to_use(session: Session, parent: QWidget) -> None:
    dialog = _shown(session, SETTINGS, "theirs.png", parent)
    for box in _boxes(dialog).values():
        box.setChecked(False)
    assert not _button(dialog, "Use these settings").isEnabled()


def test_text_from_outside_is_shown_as_it_is(
    session: Session, parent: QWidget, monkeypatch: pytest.MonkeyPatch
) -> None:
    loaded: list[object] = []
    monkeypatch.setattr(QTextDocument, "loadResource", lambda *found: loaded.append(found))
    hostile = '<img src="file:///etc/passwd"><a href="x">&amp;</a>'
    settings = PictureSettings(
        program=hostile,
        prompt=hostile + "y" * 20_000,
        negative_prompt=hostile,
        model=hostile,
        sampler=hostile,
        others=((hostile, hostile),) * 64,
    )

    dialog = _shown(session, settings, hostile, parent)
    dialog.grab()

    shown = [label.text() for label in dialog.findChildren(QLabel)]
    assert any(hostile in text for text in shown)
    for label in dialog.findChildren(QLabel):
        assert label.textFormat() is Qt.TextFormat.PlainText
    assert all(hostile in edit.toPlainText() for edit in dialog.findChildren(QPlainTextEdit))
    assert not loaded


async def test_the_menu_at_a_drop_offers_the_settings_that_a_file_has(
    session: Session, parent: QWidget, tmp_path: Path
) -> None:
    theirs = {"parameters": "a fox\nSteps: 20, Sampler: Euler, Seed: 5, Size: 64x64"}
    with_settings = png(tmp_path / "theirs.png", theirs)
    without = png(tmp_path / "plain.png", {})

    wanted: list[tuple[PictureSettings, str]] = []
    session.foreign_settings.wanted.connect(lambda *found: wanted.append(found))
    menus = [DropMenu(session, path, path.stem, None, parent) for path in (with_settings, without)]
    for menu in menus:
        menu.popup(parent.mapToGlobal(QPoint(4, 4)))
    offers = [next(act for act in menu.actions() if "settings" in act.text()) for menu in menus]
    assert not any(offer.isEnabled() for offer in offers)
    await until(offers[0].isEnabled)
    offers[0].trigger()

    assert [name for _, name in wanted] == ["theirs"]
    assert not offers[1].isEnabled()
    for menu in menus:
        menu.close()


async def test_a_menu_closed_before_its_file_was_read_is_no_harm(
    session: Session, parent: QWidget, tmp_path: Path
) -> None:
    path = png(tmp_path / "a.png", {})
    menu = DropMenu(session, path, "a", None, parent)
    menu.popup(parent.mapToGlobal(QPoint(4, 4)))
    menu.close()
    found: list[object] = []
    session.foreign_settings.look_into(path, found.append)
    await until(lambda: found)


async def test_the_window_shows_what_is_wanted(window: MainWindow) -> None:
    window.session.foreign_settings.show(SETTINGS, "theirs.png")
    dialog = window.findChild(SettingsDialog)
    assert dialog is not None
    assert dialog.isVisible()
    QTest.mouseClick(_button(dialog, "Use these settings"), Qt.MouseButton.LeftButton)
    assert window.session.draft.seed == 77
