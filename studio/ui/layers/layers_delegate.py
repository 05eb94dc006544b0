"""Paints a layer's row: eye, picture, own mask, name, and below it what isn't as usual."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap
from PySide6.QtWidgets import (
    QLineEdit,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.document import Layer, Target
from studio.ui import theme
from studio.ui.icons import icon
from studio.ui.layers.layers_model import Index, LayersModel
from studio.ui.layers.thumbnails import SIDE_PX, LayerThumbnails

ROW_HEIGHT: Final = SIDE_PX + theme.SPACE_S
EYE_WIDTH: Final = theme.CONTROL_HEIGHT
_LINE_PX: Final = 18
_RING_PX: Final = 2


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

    def picture_place(self, row: QRect) -> QRect:
        """Where the thumbnail is in a row."""
        return QRect(row.left() + EYE_WIDTH, row.top(), SIDE_PX, row.height())

    def mask_place(self, row: QRect, layer: Layer) -> QRect:
        """Where the thumbnail of the layer's own mask is in a row; empty if it has none."""
        if layer.mask is None:
            return QRect()
        return self.picture_place(row).translated(SIDE_PX + theme.SPACE_S, 0)

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
        ratio = painter.device().devicePixelRatioF()
        picture = self._thumbnails.get(layer, document.size, ratio)
        painted_on = self._model.painted_on(layer) if layer.mask is not None else None
        self._paint_thumbnail(
            painter, self.picture_place(row), picture, layer, painted_on is Target.LAYER
        )
        if layer.mask is not None:
            mask = self._thumbnails.get_mask(layer, document.size, ratio)
            is_target = painted_on is Target.LAYER_MASK
            self._paint_thumbnail(painter, self.mask_place(row, layer), mask, layer, is_target)
        self._paint_text(painter, self.text_place(row, layer), layer)
        painter.restore()

    def text_place(self, row: QRect, layer: Layer) -> QRect:
        """Where name and description are in a row."""
        last = self.picture_place(row) if layer.mask is None else self.mask_place(row, layer)
        left = last.left() + SIDE_PX + theme.SPACE_S
        return QRect(left, row.top(), row.right() - theme.SPACE_S - left, row.height())

    def _paint_thumbnail(
        self, painter: QPainter, place: QRect, pixmap: QPixmap, layer: Layer, is_target: bool
    ) -> None:
        """A small picture, with a ring around it if painting changes what it shows."""
        size = pixmap.deviceIndependentSize().toSize()
        shown = QRect(0, 0, size.width(), size.height())
        shown.moveCenter(place.center())
        painter.setOpacity(1.0 if layer.visible else 0.4)
        painter.drawPixmap(shown.topLeft(), pixmap)
        painter.setOpacity(1.0)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if is_target:
            painter.setPen(QPen(theme.color("accent"), _RING_PX))
            painter.drawRoundedRect(shown.adjusted(-2, -2, 2, 2), _RING_PX, _RING_PX)
        else:
            # A white mask is seen on a light pane too.
            painter.setPen(QPen(theme.color("line"), 1))
            painter.drawRect(QRectF(shown).adjusted(-0.5, -0.5, 0.5, 0.5))

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
        layer = self._model.layer(index)
        if layer is None:
            return
        place = self.text_place(option.rect, layer)
        height = theme.CONTROL_HEIGHT
        editor.setGeometry(
            place.left() - theme.SPACE_XS,
            place.center().y() - height // 2,
            place.width() + theme.SPACE_XS,
            height,
        )
