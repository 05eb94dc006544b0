"""Paints a layer's row: eye, thumbnail, name, and below it what isn't as usual."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QRect, QSize, Qt
from PySide6.QtGui import QPainter, QPen
from PySide6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.document import Layer
from studio.ui import theme
from studio.ui.icons import icon
from studio.ui.layers.layers_model import Index, LayersModel
from studio.ui.layers.thumbnails import SIDE_PX, LayerThumbnails

ROW_HEIGHT: Final = SIDE_PX + theme.SPACE_S
EYE_WIDTH: Final = theme.CONTROL_HEIGHT
_LINE_PX: Final = 18


class LayersDelegate(QStyledItemDelegate):
    def __init__(
        self,
        model: LayersModel,
        thumbnails: LayerThumbnails,
        parent: QObject | None = None,
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, ROW_HEIGHT)

    def eye_place(self, row: QRect) -> QRect:
        """Where the eye is in a row."""
        return QRect(row.left(), row.top(), EYE_WIDTH, row.height())

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        layer, document = self._model.layer(index), self._model.document
        if layer is None or document is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = option.rect
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(row.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(row.adjusted(1, 1, -2, -2), theme.RADIUS, theme.RADIUS)
        self._paint_eye(painter, self.eye_place(row), layer)
        pixmap = self._thumbnails.get(layer, document.size, painter.device().devicePixelRatioF())
        size = pixmap.deviceIndependentSize().toSize()
        place = QRect(row.left() + EYE_WIDTH, row.top(), SIDE_PX, row.height())
        if not layer.visible:
            painter.setOpacity(0.4)
        painter.drawPixmap(
            place.center().x() + 1 - size.width() // 2,
            place.center().y() + 1 - size.height() // 2,
            pixmap,
        )
        painter.setOpacity(1.0)
        self._paint_text(painter, self.text_place(row), layer)
        painter.restore()

    def text_place(self, row: QRect) -> QRect:
        """Where name and description are in a row."""
        return row.adjusted(EYE_WIDTH + SIDE_PX + theme.SPACE_S, 0, -theme.SPACE_S, 0)

    def _paint_eye(self, painter: QPainter, place: QRect, layer: Layer) -> None:
        mark = QRect(0, 0, theme.ICON_SIZE, theme.ICON_SIZE)
        mark.moveCenter(place.center())
        icon("eye" if layer.visible else "eye-off", "text" if layer.visible else "quiet").paint(
            painter, mark
        )

    def _paint_text(self, painter: QPainter, place: QRect, layer: Layer) -> None:
        description = self._model.describe(layer)
        painter.setFont(theme.font())
        painter.setPen(theme.color("text" if layer.visible else "quiet"))
        middle = place.center().y()
        name_place = QRect(place.left(), middle - _LINE_PX // 2, place.width(), _LINE_PX)
        if description:
            name_place.moveBottom(middle)
        self._paint_line(painter, name_place, layer.name)
        if description:
            painter.setFont(theme.font(theme.SMALL_PX))
            painter.setPen(theme.color("quiet"))
            self._paint_line(painter, name_place.translated(0, _LINE_PX), description)

    def _paint_line(self, painter: QPainter, place: QRect, text: str) -> None:
        line = text.replace("\n", " ")
        elided = painter.fontMetrics().elidedText(line, Qt.TextElideMode.ElideRight, place.width())
        painter.drawText(place, Qt.AlignmentFlag.AlignVCenter | Qt.TextFlag.TextSingleLine, elided)

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName("Layer name")
        return editor

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        place = self.text_place(option.rect)
        height = theme.CONTROL_HEIGHT
        editor.setGeometry(
            place.left() - theme.SPACE_XS,
            place.center().y() - height // 2,
            place.width() + theme.SPACE_XS,
            height,
        )
