"""The layers pane with real events: choosing, renaming, showing, ordering, blending."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from studio.document import BlendMode, Document, Stroke, StrokePoint
from studio.document.edits import add_paint_layer
from studio.ui.layers import LayersPanel
from studio.ui.layers.layers_model import LayersModel
from studio.ui.session import Session, ToolName
from tests.support.fakes import picture_pixels


@pytest.fixture
def panel(session: Session, qtbot: QtBot) -> Iterator[LayersPanel]:
    panel = LayersPanel(session)
    qtbot.addWidget(panel)
    panel.resize(300, 400)
    panel.show()
    panel.activateWindow()
    yield panel


@pytest.fixture
def document(panel: LayersPanel, session: Session) -> Document:
    """Three layers: "fox" below, "Layer 1", "Layer 2" on top."""
    document = Document.of_picture(picture_pixels(64, 48), "fox")
    document.do(add_paint_layer(document.content))
    document.do(add_paint_layer(document.content))
    session.editing.open(document)
    return document


def rows(panel: LayersPanel) -> list[str]:
    return [panel.model.index(row).data() for row in range(panel.model.rowCount())]


def names(document: Document) -> list[str]:
    return [layer.name for layer in document.content.layers]


def button(panel: LayersPanel, name: str) -> QToolButton:
    return next(b for b in panel.findChildren(QToolButton) if b.accessibleName() == name)


def click(panel: LayersPanel, row: int, x: int) -> None:
    place = panel.view.visualRect(panel.model.index(row))
    QTest.mouseClick(
        panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, place.center().y())
    )


def test_the_topmost_layer_is_the_first_row(panel: LayersPanel, document: Document) -> None:
    assert rows(panel) == ["Layer 2", "Layer 1", "fox"]


def test_without_an_artwork_it_says_what_to_do(panel: LayersPanel, session: Session) -> None:
    empty = panel.findChild(QLabel, "EmptyLayers")
    assert empty is not None
    assert empty.isVisible()
    assert "Ctrl+E" in empty.text()
    assert not panel.view.isVisible()
    session.editing.open(Document.of_picture(picture_pixels(), "fox"))
    assert panel.view.isVisible()
    session.editing.leave()
    assert not panel.view.isVisible()
    assert "Ctrl+B" in empty.text()
    assert panel.model.rowCount() == 0


def test_a_click_chooses_the_layer_that_tools_work_on(
    panel: LayersPanel, document: Document
) -> None:
    click(panel, 2, 150)
    assert document.content.active is not None
    assert document.content.active.name == "fox"
    document.activate(document.content.layers[1].id)
    assert panel.view.currentIndex().data() == "Layer 1"


def test_a_press_on_the_eye_hides_a_layer_and_does_not_choose_it(
    panel: LayersPanel, document: Document
) -> None:
    active = document.content.active_id
    click(panel, 2, 10)
    assert not document.content.layers[0].visible
    assert document.content.active_id == active
    click(panel, 2, 10)
    assert document.content.layers[0].visible


def test_f2_renames_in_place(panel: LayersPanel, document: Document, qtbot: QtBot) -> None:
    panel.view.setFocus()
    QTest.keyClick(panel.view, Qt.Key.Key_F2)
    editor = panel.view.viewport().findChild(QLineEdit)
    assert editor is not None
    editor.selectAll()
    QTest.keyClicks(editor, "clouds")
    QTest.keyClick(editor, Qt.Key.Key_Return)
    qtbot.waitUntil(lambda: names(document)[2] == "clouds")
    assert rows(panel)[0] == "clouds"
    assert document.log.undo_name == "Rename layer"
    QApplication.processEvents()


def test_keys_hide_and_remove(panel: LayersPanel, document: Document) -> None:
    QTest.keyClick(panel.view, Qt.Key.Key_Space)
    assert not document.content.layers[2].visible
    QTest.keyClick(panel.view, Qt.Key.Key_Delete)
    assert names(document) == ["fox", "Layer 1"]
    assert panel.view.currentIndex().data() == "Layer 1"


@pytest.mark.parametrize(
    ("row", "before", "expected"),
    [
        (0, 2, ["fox", "Layer 2", "Layer 1"]),
        (0, 3, ["Layer 2", "fox", "Layer 1"]),
        (2, 0, ["Layer 1", "Layer 2", "fox"]),
        (2, 1, ["Layer 1", "fox", "Layer 2"]),
        (1, 1, ["fox", "Layer 1", "Layer 2"]),
        (1, 2, ["fox", "Layer 1", "Layer 2"]),
    ],
)
def test_a_row_dropped_before_another_lies_there(
    panel: LayersPanel, document: Document, row: int, before: int, expected: list[str]
) -> None:
    nowhere = QModelIndex()
    moved = panel.model.moveRow(nowhere, row, nowhere, before)
    assert moved == (before not in (row, row + 1))
    assert names(document) == expected
    assert rows(panel) == expected[::-1]


def test_buttons_do_what_they_say(panel: LayersPanel, document: Document) -> None:
    button(panel, "Add a layer").click()
    assert names(document)[-1] == "Layer 3"
    button(panel, "Duplicate").click()
    assert names(document)[-1] == "Layer 3 copy"
    button(panel, "Merge down").click()
    assert names(document)[-1] == "Layer 3"
    button(panel, "Mask the layer").click()
    assert document.content.layers[-1].mask is not None
    button(panel, "Remove the layer's mask").click()
    assert document.content.layers[-1].mask is None
    button(panel, "Remove the layer").click()
    assert names(document) == ["fox", "Layer 1", "Layer 2"]


def test_the_lowest_layer_can_not_be_merged_down(panel: LayersPanel, document: Document) -> None:
    assert button(panel, "Merge down").isEnabled()
    click(panel, 2, 150)
    assert not button(panel, "Merge down").isEnabled()


def test_without_any_layer_nothing_but_adding_is_offered(
    panel: LayersPanel, document: Document, session: Session
) -> None:
    for _ in range(3):
        session.layers.remove()
    assert rows(panel) == []
    enabled = {b.accessibleName() for b in panel.findChildren(QToolButton) if b.isEnabled()}
    assert enabled == {"Add a layer"}
    assert not panel.opacity.isEnabled()


def test_opacity_and_blend_mode_are_the_active_layers(
    panel: LayersPanel, document: Document
) -> None:
    panel.opacity.spin_box.setValue(40)
    assert document.content.layers[2].opacity == pytest.approx(0.4)
    panel.blend_mode.setFocus()
    QTest.keyClick(panel.blend_mode, Qt.Key.Key_Down)
    assert document.content.layers[2].blend_mode is BlendMode.MULTIPLY
    top = panel.model.index(0)
    assert top.data(Qt.ItemDataRole.AccessibleTextRole) == "Layer 2, visible, Multiply, 40 %"
    click(panel, 1, 150)
    assert panel.opacity.value() == 100
    assert panel.blend_mode.currentText() == "Normal"
    document.undo()
    document.undo()
    click(panel, 0, 150)
    assert panel.opacity.value() == 100


def test_a_stroke_refreshes_one_thumbnail_and_only_afterwards(
    panel: LayersPanel, document: Document, session: Session, qtbot: QtBot
) -> None:
    told: list[tuple[int, list[int]]] = []
    panel.model.dataChanged.connect(lambda first, _last, roles: told.append((first.row(), roles)))
    before = panel.grab().toImage()
    stroke = Stroke(document, session.tools.brushes[ToolName.BRUSH])
    stroke.extend([StrokePoint(5, 5), StrokePoint(60, 40)])
    stroke.finish()
    assert told
    assert all(row == 0 and roles == LayersModel.PIXELS for row, roles in told)

    def repainted() -> None:
        assert panel.grab().toImage() != before

    qtbot.waitUntil(repainted, timeout=3000)


def test_thumbnails_show_what_is_on_the_layer(
    panel: LayersPanel, session: Session, qtbot: QtBot
) -> None:
    red = np.full((64, 64, 3), (255, 0, 0), np.uint8)
    session.editing.open(Document.of_picture(red, "red"))
    place = panel.view.visualRect(panel.model.index(0))
    image = panel.view.viewport().grab().toImage()
    colour = image.pixelColor(28 + 20, place.center().y())
    assert (colour.red(), colour.green(), colour.blue()) == (255, 0, 0)
