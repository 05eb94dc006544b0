"""The layers pane with real events: choosing, renaming, showing, ordering, blending."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QModelIndex, QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLabel, QLineEdit, QToolButton
from pytestqt.qtbot import QtBot

from studio.document import BlendMode, Document, Stroke, StrokePoint, Target, TiledImage
from studio.document.edits import add_paint_layer, set_layer_mask
from studio.ui import theme
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


@pytest.fixture
def masked(panel: LayersPanel, document: Document, session: Session) -> Document:
    """The lowest layer has a mask of its own, all white, and isn't active."""
    session.layers.activate(document.content.layers[0].id)
    session.layers.mask()
    session.layers.activate(document.content.layers[2].id)
    return document


PICTURE_X, MASK_X = 28 + 20, 28 + 40 + 8 + 20


def test_a_click_on_picture_or_mask_chooses_what_is_painted_on(
    panel: LayersPanel, masked: Document, session: Session
) -> None:
    click(panel, 2, MASK_X)
    assert masked.content.active_id == masked.content.layers[0].id
    assert session.layers.target is Target.LAYER_MASK
    said = panel.model.index(2).data(Qt.ItemDataRole.AccessibleTextRole)
    assert said == "fox, visible, masked, painting on the mask"
    click(panel, 2, 180)
    assert session.layers.target is Target.LAYER_MASK, "its name is neither of the two"
    click(panel, 2, PICTURE_X)
    assert session.layers.target is Target.LAYER
    click(panel, 2, MASK_X)
    click(panel, 1, MASK_X)
    assert masked.content.active_id == masked.content.layers[1].id
    assert session.layers.target is Target.LAYER, "there is no mask, only a name"


def test_a_ring_is_around_what_is_painted_on(panel: LayersPanel, masked: Document) -> None:
    accent = theme.color("accent").name()

    def rings() -> list[bool]:
        row = panel.view.visualRect(panel.model.index(2))
        image = panel.view.viewport().grab().toImage()
        middle = row.center().y()
        # 64 × 48 is 40 × 30 here, its ring a little outside.
        return [
            any(image.pixelColor(x, middle - dy).name() == accent for dy in range(14, 20))
            for x in (PICTURE_X, MASK_X)
        ]

    assert rings() == [False, False]
    click(panel, 2, PICTURE_X)
    assert rings() == [True, False]
    click(panel, 2, MASK_X)
    assert rings() == [False, True]


def test_the_mask_s_thumbnail_shows_it_and_the_picture_s_all_of_the_picture(
    panel: LayersPanel, session: Session, qtbot: QtBot
) -> None:
    red = np.full((64, 64, 3), (255, 0, 0), np.uint8)
    document = Document.of_picture(red, "red")
    half = np.zeros((64, 64), np.uint8)
    half[32:] = 255
    layer_id = document.content.layers[0].id
    document.do(set_layer_mask(document.content, layer_id, TiledImage.of(half)))
    session.editing.open(document)

    def colours() -> list[str]:
        row = panel.view.visualRect(panel.model.index(0))
        image = panel.view.viewport().grab().toImage()
        places = [(x, row.center().y() + dy) for x in (PICTURE_X, MASK_X) for dy in (-10, 10)]
        return [image.pixelColor(*place).name() for place in places]

    assert colours() == ["#ff0000", "#ff0000", "#000000", "#ffffff"]
    session.layers.invert_mask()
    qtbot.waitUntil(lambda: colours()[2:] == ["#ffffff", "#000000"], timeout=3000)
    session.layers.apply_mask()
    assert panel.model.index(0).data(Qt.ItemDataRole.AccessibleTextRole) == "red, visible"
    assert document.log.undo_name == "Apply layer mask"


def test_a_double_click_on_a_thumbnail_renames_nothing(
    panel: LayersPanel, masked: Document, qtbot: QtBot
) -> None:
    place = panel.view.visualRect(panel.model.index(2))
    for x in (PICTURE_X, MASK_X):
        QTest.mouseDClick(
            panel.view.viewport(), Qt.MouseButton.LeftButton, pos=QPoint(x, place.center().y())
        )
        assert panel.view.viewport().findChild(QLineEdit) is None
