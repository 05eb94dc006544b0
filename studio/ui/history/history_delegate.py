"""Paints the history: headings, and thumbnails in cells of one size."""

from __future__ import annotations

from datetime import date
from typing import Final

from PySide6.QtCore import QModelIndex, QObject, QPersistentModelIndex, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.domain.geometry import Size
from studio.library import Picture
from studio.ui import theme
from studio.ui.controls.thumbnails import CORNER_PX, rounded
from studio.ui.history.history_model import HistoryModel
from studio.ui.history.thumbnails import MOST_KEPT, Thumbnails
from studio.ui.icons import icon

HEADING_HEIGHT: Final = 32
_RING_PX = 2


class HistoryDelegate(QStyledItemDelegate):
    """The room of a picture is reserved before its thumbnail comes, so that nothing jumps."""

    def __init__(
        self, model: HistoryModel, thumbnails: Thumbnails, parent: QObject | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = thumbnails
        self._cell = QSize()
        self._heading = QSize()
        self._rounded: dict[tuple[int, int, int], QPixmap] = {}
        self.current_id: int | None = None

    def set_sizes(self, cell_px: int, row_px: int) -> None:
        """Choose the side of a picture's cell and the length of a row."""
        self._cell = QSize(cell_px, cell_px)
        self._heading = QSize(row_px, HEADING_HEIGHT)

    def sizeHint(  # noqa: N802 - Qt's name
        self, option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex
    ) -> QSize:
        is_heading = isinstance(self._model.entry(index.row()), date)
        return self._heading if is_heading else self._cell

    def paint(
        self,
        painter: QPainter,
        option: QStyleOptionViewItem,
        index: QModelIndex | QPersistentModelIndex,
    ) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        entry = self._model.entry(index.row())
        if isinstance(entry, date):
            self._paint_heading(painter, option.rect, index.data())
        else:
            self._paint_picture(painter, option, entry)
        painter.restore()

    def _paint_heading(self, painter: QPainter, rect: QRect, text: str) -> None:
        painter.setFont(theme.font(theme.SMALL_PX, semibold=True))
        painter.setPen(theme.color("quiet"))
        inside = rect.adjusted(theme.SPACE_XS + _RING_PX, 0, 0, -theme.SPACE_XS)
        painter.drawText(inside, Qt.AlignmentFlag.AlignBottom, text)

    def _paint_picture(
        self, painter: QPainter, option: QStyleOptionViewItem, picture: Picture
    ) -> None:
        cell = option.rect
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(cell.adjusted(1, 1, -1, -1), theme.RADIUS, theme.RADIUS)
        room = cell.width() - 2 * theme.SPACE_XS - 2 * _RING_PX
        fitted = Size(picture.width, picture.height).fitted_into(Size(room, room))
        target = QRectF(0, 0, fitted.width, fitted.height)
        target.moveCenter(QRectF(cell).center())

        thumbnail = self._thumbnails.get(picture)
        if thumbnail is None or thumbnail.isNull():
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(target, CORNER_PX, CORNER_PX)
            if thumbnail is not None:
                mark = QRect(0, 0, theme.SPACE_XL, theme.SPACE_XL)
                mark.moveCenter(target.center().toPoint())
                icon("image-off", "quiet").paint(painter, mark)
        else:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(target.topLeft(), self._rounded_at(thumbnail, target, ratio))

        if picture.id == self.current_id:
            self._paint_ring(painter, target, "accent", _RING_PX)
        elif option.state & QStyle.StateFlag.State_HasFocus:
            self._paint_ring(painter, target, "text", 1)

    def _rounded_at(self, thumbnail: QPixmap, target: QRectF, pixel_ratio: float) -> QPixmap:
        """A thumbnail as it is painted: scaling and clipping take longer than all the rest."""
        size = (target.size() * pixel_ratio).toSize()
        key = thumbnail.cacheKey(), size.width(), size.height()
        if key not in self._rounded:
            self._rounded[key] = rounded(thumbnail, size, pixel_ratio)
            if len(self._rounded) > MOST_KEPT:
                self._rounded.pop(next(iter(self._rounded)))
        return self._rounded[key]

    def _paint_ring(self, painter: QPainter, target: QRectF, token: str, width: int) -> None:
        pen = painter.pen()
        pen.setStyle(Qt.PenStyle.SolidLine)
        pen.setColor(theme.color(token))
        pen.setWidth(width)
        painter.setPen(pen)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        gap = _RING_PX / 2 + 1
        painter.drawRoundedRect(
            target.adjusted(-gap, -gap, gap, gap), CORNER_PX + gap, CORNER_PX + gap
        )
