"""Edit, Layer and Mask menus: enabled only where they mean something, and they do what they say."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import numpy as np
import pytest
from PySide6.QtCore import Qt
from PySide6.QtGui import QAction
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QDockWidget, QMainWindow, QMenu
from pytestqt.qtbot import QtBot

from studio.document import Document, Target, flatten
from studio.document.edits import rename_layer, write_mask
from studio.domain.geometry import Box
from studio.ui import theme
from studio.ui.dialogs.mask_dialog import MaskDialog
from studio.ui.main_window import MainWindow
from studio.ui.session import Emergence, MaskView, Session
from studio.ui.settings import Settings

OF_A_LAYER_S_MASK = [
    "Paint on the layer's mask",
    "Invert the layer's mask",
    "Apply the layer's mask",
    "Remove the layer's mask",
]
WHITE = np.full((200, 300, 3), 255, np.uint8)


@pytest.fixture
def window(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> Iterator[MainWindow]:
    app = QApplication.instance()
    assert isinstance(app, QApplication)
    theme.apply(app, theme.DARK)
    window = MainWindow(Settings(tmp_path / "config"))
    qtbot.addWidget(window)
    window.furnish(session)
    window.show()
    qtbot.waitExposed(window)
    window.activateWindow()
    yield window


@pytest.fixture
def document(window: MainWindow, session: Session) -> Document:
    document = Document.of_picture(WHITE, "fox & hound")
    session.editing.open(document)
    window.canvas.setFocus()
    return document


def entries(menu: QMenu) -> list[QAction]:
    return [a for a in menu.actions() if not a.isSeparator()]


def entry(window: MainWindow, title: str, text: str) -> QAction:
    return next(a for a in entries(window.menus[title]) if a.text() == text)


def masked(document: Document) -> int:
    return int((document.content.mask.read(document.content.area) > 0).sum())


def test_what_needs_an_artwork_is_disabled_without_one(
    window: MainWindow, session: Session
) -> None:
    assert not any(a.isEnabled() for a in entries(window.menus["&Layer"]))
    on = [a.text() for a in entries(window.menus["&Mask"]) if a.isEnabled()]
    assert on == ["View", "Show or hide", "Colour…"]
    assert [a.isEnabled() for a in entries(window.menus["&Edit"])[:2]] == [False, False]
    session.editing.open(Document.of_picture(WHITE))
    off = [a.text() for a in entries(window.menus["&Layer"]) if not a.isEnabled()]
    assert off == OF_A_LAYER_S_MASK
    session.layers.mask()
    assert all(a.isEnabled() for a in entries(window.menus["&Layer"]))
    assert all(a.isEnabled() for a in entries(window.menus["&Mask"]))
    session.editing.leave()
    assert not any(a.isEnabled() for a in entries(window.menus["&Layer"]))


def test_undo_and_redo_name_their_step(window: MainWindow, document: Document) -> None:
    undo, redo = entries(window.menus["&Edit"])[:2]
    document.do(rename_layer(document.content, document.content.layers[0].id, "owl"))
    assert (undo.text(), redo.text()) == ("Undo Rename layer", "Redo")
    assert undo.isEnabled()
    assert not redo.isEnabled()
    QTest.keyClick(window.canvas, Qt.Key.Key_Z, Qt.KeyboardModifier.ControlModifier)
    assert document.content.layers[0].name == "fox & hound"
    assert (undo.text(), redo.text()) == ("Undo", "Redo Rename layer")
    QTest.keyClick(window.canvas, Qt.Key.Key_Y, Qt.KeyboardModifier.ControlModifier)
    assert document.content.layers[0].name == "owl"


def test_a_picture_is_edited_left_and_returned_to_by_keys(
    window: MainWindow, session: Session
) -> None:
    control = Qt.KeyboardModifier.ControlModifier
    session.shown.put(Emergence.of_finished(WHITE, None), None)
    window.canvas.setFocus()
    QTest.keyClick(window.canvas, Qt.Key.Key_E, control)
    document = session.editing.document
    assert document is not None
    back = entry(window, "&Edit", "Back to the artwork")
    assert not back.isEnabled()
    session.shown.put(Emergence.of_finished(WHITE, None), None)
    assert not session.editing.is_on_canvas
    assert back.isEnabled()
    QTest.keyClick(window.canvas, Qt.Key.Key_B, control)
    assert session.editing.is_on_canvas
    assert session.editing.document is document


def test_keys_mask_all_nothing_and_the_rest(window: MainWindow, document: Document) -> None:
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.canvas, Qt.Key.Key_A, control)
    assert masked(document) == 300 * 200
    QTest.keyClick(window.canvas, Qt.Key.Key_A, control | shift)
    assert masked(document) == 0
    QTest.keyClick(window.canvas, Qt.Key.Key_I, control | shift)
    assert masked(document) == 300 * 200


def test_ctrl_a_in_the_prompt_selects_its_text(window: MainWindow, document: Document) -> None:
    window.prompt.focus_prompt()
    field = window.focusWidget()
    assert field is not None
    QTest.keyClicks(field, "fox")
    QTest.keyClick(field, Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClick(field, Qt.Key.Key_Delete)
    assert window.session.draft.prompt == ""
    assert masked(document) == 0


@pytest.mark.parametrize(("text", "wider"), [("Grow…", 12), ("Shrink…", -12), ("Feather…", 12)])
def test_growing_shrinking_and_feathering_show_what_they_do_before_it_is_done(
    window: MainWindow, document: Document, qtbot: QtBot, text: str, wider: int
) -> None:
    square = np.full((60, 60), 255, np.uint8)
    document.do(write_mask(document.content, Box(100, 80, 60, 60), square))
    before = document.content
    entry(window, "&Mask", text).trigger()
    dialog = window.findChild(MaskDialog)
    assert dialog is not None
    assert not dialog.isModal()
    QTest.keyClick(dialog.focusWidget(), Qt.Key.Key_A, Qt.KeyboardModifier.ControlModifier)
    QTest.keyClicks(dialog.focusWidget(), "12")
    qtbot.waitUntil(lambda: document.shown.mask.bounds().width == 60 + 2 * wider)
    assert document.content is before
    QTest.keyClick(dialog, Qt.Key.Key_Escape)
    assert document.shown.mask.bounds().width == 60
    QApplication.processEvents()

    entry(window, "&Mask", text).trigger()
    dialog = window.findChild(MaskDialog)
    assert dialog is not None
    QTest.keyClick(dialog, Qt.Key.Key_Return)
    assert document.content is not before
    document.undo()
    assert document.content.mask.bounds().width == 60


def test_a_mask_dialog_goes_with_its_artwork(
    window: MainWindow, session: Session, document: Document
) -> None:
    session.masking.select_all()
    entry(window, "&Mask", "Shrink…").trigger()
    session.editing.leave()
    QApplication.processEvents()
    assert document.shown.mask.bounds().width == 300
    assert not any(d.isVisible() for d in window.findChildren(MaskDialog))


def test_a_colour_range_is_that_of_the_foreground(
    window: MainWindow, session: Session, document: Document
) -> None:
    session.tools.foreground = (255, 255, 255)
    entry(window, "&Mask", "Colour range…").trigger()
    dialog = window.findChild(MaskDialog)
    assert dialog is not None
    dialog.accept()
    assert masked(document) == 300 * 200


def test_the_mask_view_follows_both_ways(window: MainWindow, session: Session) -> None:
    view = entry(window, "&Mask", "View").menu()
    assert isinstance(view, QMenu)
    assert [a.text() for a in view.actions() if a.isChecked()] == ["Overlay"]
    view.actions()[1].trigger()
    assert session.tools.mask_view is MaskView.OUTLINE
    QTest.keyClick(window.canvas, Qt.Key.Key_H, Qt.KeyboardModifier.ControlModifier)
    assert [a.text() for a in view.actions() if a.isChecked()] == ["Hidden"]


def test_layer_entries_change_the_active_layer(window: MainWindow, document: Document) -> None:
    control, shift = Qt.KeyboardModifier.ControlModifier, Qt.KeyboardModifier.ShiftModifier
    QTest.keyClick(window.canvas, Qt.Key.Key_N, control | shift)
    QTest.keyClick(window.canvas, Qt.Key.Key_J, control)
    names = [layer.name for layer in document.content.layers]
    assert names == ["fox & hound", "Layer 1", "Layer 1 copy"]
    QTest.keyClick(window.canvas, Qt.Key.Key_PageDown, control)
    assert document.content.layers[1].name == "Layer 1 copy"
    QTest.keyClick(window.canvas, Qt.Key.Key_PageUp, control)
    QTest.keyClick(window.canvas, Qt.Key.Key_M, control | shift)
    assert [layer.name for layer in document.content.layers] == ["fox & hound", "Layer 1"]
    entry(window, "&Layer", "Flatten").trigger()
    assert len(document.content.layers) == 1


def test_entries_and_a_key_work_on_the_layer_s_mask(
    window: MainWindow, document: Document, session: Session
) -> None:
    on, invert, apply, remove = (entry(window, "&Layer", text) for text in OF_A_LAYER_S_MASK)
    entry(window, "&Layer", "Mask the layer").trigger()
    assert on.isChecked()
    QTest.keyClick(window.canvas, Qt.Key.Key_Backslash, Qt.KeyboardModifier.ControlModifier)
    assert session.layers.target is Target.LAYER
    assert not on.isChecked()
    invert.trigger()
    assert not flatten(document.content).any()
    remove.trigger()
    assert (flatten(document.content) == 255).all()
    session.editing.undo()
    apply.trigger()
    assert not flatten(document.content)[..., 3].any()
    assert document.content.layers[0].mask is None
    assert not on.isEnabled()


def test_no_two_entries_have_the_same_key(window: MainWindow) -> None:
    keys = [
        shortcut.toString()
        for menu in window.menuBar().findChildren(QMenu)
        for action in menu.actions()
        for shortcut in action.shortcuts()
    ]
    assert len(keys) == len(set(keys))


def test_opening_an_artwork_brings_its_layers_forward(
    window: MainWindow, session: Session, qtbot: QtBot
) -> None:
    assert window.layers.visibleRegion().isEmpty()
    session.editing.open(Document.of_picture(WHITE, "fox"))
    qtbot.waitUntil(lambda: not window.layers.visibleRegion().isEmpty())


def test_the_layers_come_back_beside_the_history(window: MainWindow) -> None:
    window.layers_dock.setFloating(True)
    window.layers_dock.hide()
    window.reset_layout()
    assert window.layers_dock in window.tabifiedDockWidgets(window.history_dock)
    assert window.layers.visibleRegion().isEmpty()


def test_a_dock_says_its_name_once(window: MainWindow, qtbot: QtBot) -> None:
    def has_title(dock: QDockWidget) -> bool:
        return dock.titleBarWidget() is None

    history, layers = window.history_dock, window.layers_dock
    assert has_title(window.prompt_dock)
    assert not has_title(history), "its tab says it"
    assert not has_title(layers)
    layers.setFloating(True)
    qtbot.waitUntil(lambda: has_title(layers))
    window.reset_layout()
    qtbot.waitUntil(lambda: not has_title(layers) and not has_title(history))
    for dock in window.findChildren(QDockWidget):
        dock.setVisible(dock is layers)
    qtbot.waitUntil(lambda: has_title(layers))
    history.show()
    qtbot.waitUntil(lambda: not has_title(layers))


def test_a_layout_from_before_there_were_layers_counts_as_none(
    session: Session, qasync_loop: object, qtbot: QtBot, tmp_path: Path
) -> None:
    old = QMainWindow()
    qtbot.addWidget(old)
    settings = Settings(tmp_path / "config")
    settings.layout = old.saveState()
    window = MainWindow(settings)
    qtbot.addWidget(window)
    assert window.layers_dock in window.tabifiedDockWidgets(window.history_dock)
    assert not window.layers_dock.isHidden()
