"""Paints a picture's cell and a group's heading."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from PySide6.QtCore import QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPixmap

from studio.domain.geometry import Size
from studio.library import Picture
from studio.ui import theme
from studio.ui.controls.thumbnails import paint_ring, paint_room, rounded
from studio.ui.history.pixmaps import Pixmaps
from studio.ui.history.stars import paint_stars, stars_rect

MOST_KEPT_BYTES: Final = 64 * 2**20
_RING_PX: Final = 2
_GAP_PX: Final = 2
_MARGIN_PX: Final = theme.SPACE_XS + _RING_PX


@dataclass(frozen=True, slots=True)
class CellState:
    """How a cell looks just now. `offered` stars follow the pointer; None while it is elsewhere."""

    is_selected: bool = False
    is_on_canvas: bool = False
    has_focus: bool = False
    offered: int | None = None


def picture_rect(cell: QRect, picture: Picture) -> QRectF:
    """Where a picture stands in its cell: as large as it fits, in the middle."""
    room = max(1, cell.width() - 2 * _MARGIN_PX)
    fitted = Size(picture.width, picture.height).fitted_into(Size(room, room))
    rect = QRectF(0, 0, fitted.width, fitted.height)
    rect.moveCenter(QRectF(cell).center())
    return rect


class CellPainter:
    """The room of a picture is reserved before its thumbnail comes, so that nothing jumps."""

    def __init__(self) -> None:
        self._rounded: Pixmaps[tuple[int, int, int]] = Pixmaps(MOST_KEPT_BYTES)

    def paint_placeholder(self, painter: QPainter, cell: QRect, state: CellState) -> None:
        """A picture of which nothing is known yet."""
        self._paint_selection(painter, cell, state)
        paint_room(painter, QRectF(cell).adjusted(_MARGIN_PX, _MARGIN_PX, -_MARGIN_PX, -_MARGIN_PX))

    def paint_picture(
        self,
        painter: QPainter,
        cell: QRect,
        picture: Picture,
        thumbnail: QPixmap | None,
        state: CellState,
    ) -> None:
        """A picture; `thumbnail` is None while it isn't here, and null if there can't be one."""
        self._paint_selection(painter, cell, state)
        target = picture_rect(cell, picture)
        if thumbnail is None or thumbnail.isNull():
            paint_room(painter, target, 0 if thumbnail is None else theme.SPACE_XL)
        else:
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(target.topLeft(), self._rounded_at(thumbnail, target, ratio))
        if state.offered is not None:
            lit = state.offered or picture.rating
            paint_stars(painter, stars_rect(target), lit, all_of_them=True)
        elif picture.rating:
            paint_stars(painter, stars_rect(target), picture.rating, all_of_them=False)
        if state.is_on_canvas:
            paint_ring(painter, target, "accent", _RING_PX, _GAP_PX)
        elif state.has_focus:
            paint_ring(painter, target, "text", 1, _GAP_PX)

    def paint_heading(self, painter: QPainter, rect: QRect, text: str, count: int) -> None:
        """What a group is called and how many pictures it has."""
        painter.fillRect(rect, theme.color("panel"))
        inside = rect.adjusted(_MARGIN_PX + theme.SPACE_S, 0, -_MARGIN_PX, 0)
        font = theme.font(theme.SMALL_PX, semibold=True)
        number = f"{count:,}"
        plain = theme.font(theme.SMALL_PX)
        room = inside.width() - QFontMetrics(plain).horizontalAdvance(number) - theme.SPACE_S
        shown = QFontMetrics(font).elidedText(text, Qt.TextElideMode.ElideRight, room)
        painter.setFont(font)
        painter.setPen(theme.color("text"))
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignLeft, shown)
        painter.setFont(plain)
        painter.setPen(theme.color("quiet"))
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignRight, number)

    def drag_pixmap(self, thumbnail: QPixmap, count: int, ratio: float) -> QPixmap:
        """What hangs at the pointer while `count` pictures are dragged."""
        side = 72
        size = QSize(thumbnail.size()).scaled(side, side, Qt.AspectRatioMode.KeepAspectRatio)
        size_px = (size.toSizeF() * ratio).toSize().expandedTo(QSize(1, 1))
        pixmap = rounded(thumbnail, size_px, ratio)
        if count > 1:
            painter = QPainter(pixmap)
            painter.setRenderHint(QPainter.RenderHint.Antialiasing)
            painter.setFont(theme.font(theme.SMALL_PX, semibold=True))
            text = f"{count:,}"
            wide = QFontMetrics(painter.font()).horizontalAdvance(text) + theme.SPACE_M
            badge = QRect(QPoint(theme.SPACE_XS, theme.SPACE_XS), QSize(wide, 18))
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(badge, 9, 9)
            painter.setPen(theme.color("text"))
            painter.drawText(badge, Qt.AlignmentFlag.AlignCenter, text)
            painter.end()
        return pixmap

    def _paint_selection(self, painter: QPainter, cell: QRect, state: CellState) -> None:
        if state.is_selected:
            painter.setPen(theme.color("disabled"))
            painter.setBrush(theme.color("line"))
            rect = QRectF(cell).adjusted(1.5, 1.5, -1.5, -1.5)
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)

    def _rounded_at(self, thumbnail: QPixmap, target: QRectF, pixel_ratio: float) -> QPixmap:
        """A thumbnail as it is painted: scaling and clipping take longer than all the rest."""
        size = (target.size() * pixel_ratio).toSize()
        key = thumbnail.cacheKey(), size.width(), size.height()
        kept = self._rounded.get(key)
        if kept is None:
            kept = rounded(thumbnail, size, pixel_ratio)
            self._rounded.put(key, kept)
        return kept
