"""Paints a model: as a row, or as a card with a larger picture."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QAbstractItemModel, QEvent, QObject, QRect, QRectF, QSize, Qt, Signal
from PySide6.QtGui import QFontMetrics, QMouseEvent, QPainter, QPen, QPixmap
from PySide6.QtWidgets import QStyle, QStyledItemDelegate, QStyleOptionViewItem

from studio.domain.fit import FitVerdict
from studio.ui import theme
from studio.ui.controls.thumbnails import CORNER_PX, rounded
from studio.ui.history.pixmaps import Pixmaps
from studio.ui.icons import icon
from studio.ui.models.entries import KIND_ICONS, facts, family_title, kind_of, kind_title
from studio.ui.models.list_model import Index, ModelList
from studio.ui.models.previews import Previews
from studio.ui.session import Session
from studio.ui.session.models.model_marks import Info

ROW_HEIGHT: Final = 64
CARD_WIDTH: Final = 176
CARD_HEIGHT: Final = 240
_PICTURE_PX: Final = 48
_MARGIN: Final = theme.SPACE_S
_STAR_PX: Final = theme.HIT_SIZE
_MOST_KEPT_BYTES: Final = 48 * 2**20
_FIT_TOKENS: Final = {
    FitVerdict.FITS: "good",
    FitVerdict.BUSY: "quiet",
    FitVerdict.STREAMED: "quiet",
    FitVerdict.TOO_LARGE: "danger",
}


class ModelDelegate(QStyledItemDelegate):
    """The room of a picture is reserved before it comes, so that nothing jumps. `star_clicked`
    carries the model whose star was."""

    star_clicked = Signal(object)

    def __init__(
        self, session: Session, model: ModelList, previews: Previews, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._model = model
        self._previews = previews
        self._rounded: Pixmaps[tuple[int, int]] = Pixmaps(_MOST_KEPT_BYTES)
        self.shows_cards = False
        self.cell = QSize(0, ROW_HEIGHT)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return self.cell

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        info = self._model.info(index)
        if info is None:
            return
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        self._paint_ground(painter, option)
        if self.shows_cards:
            self._paint_card(painter, option.rect, info)
        else:
            self._paint_row(painter, option.rect, info)
        is_over = bool(option.state & QStyle.StateFlag.State_MouseOver)
        self._paint_star(painter, self._star_rect(option.rect), info, is_over)
        painter.restore()

    def editorEvent(  # noqa: N802 - Qt's name
        self,
        event: QEvent,
        model: QAbstractItemModel,
        option: QStyleOptionViewItem,
        index: Index,
    ) -> bool:
        is_click = isinstance(event, QMouseEvent) and event.button() == Qt.MouseButton.LeftButton
        if isinstance(event, QMouseEvent) and is_click:
            on_star = self._star_rect(option.rect).contains(event.position().toPoint())
            if on_star and event.type() == QEvent.Type.MouseButtonRelease:
                self.star_clicked.emit(self._model.info(index))
            # A double click on a star is two clicks on it, and doesn't choose the model.
            return on_star
        return super().editorEvent(event, model, option, index)

    def _star_rect(self, cell: QRect) -> QRect:
        rect = QRect(0, 0, _STAR_PX, _STAR_PX)
        if self.shows_cards:
            rect.moveTopRight(cell.adjusted(0, _MARGIN + 2, -_MARGIN - 2, 0).topRight())
        else:
            rect.moveCenter(cell.center())
            rect.moveRight(cell.right() - _MARGIN)
        return rect

    def _paint_ground(self, painter: QPainter, option: QStyleOptionViewItem) -> None:
        rect = QRectF(option.rect).adjusted(1.5, 1.5, -1.5, -1.5)
        painter.setPen(Qt.PenStyle.NoPen)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        elif option.state & QStyle.StateFlag.State_MouseOver:
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(QPen(theme.color("accent"), 1))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)

    def _paint_row(self, painter: QPainter, cell: QRect, info: Info) -> None:
        inside = cell.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        picture = QRect(inside.left(), inside.top(), _PICTURE_PX, _PICTURE_PX)
        self._paint_picture(painter, picture, info)
        text = inside.adjusted(_PICTURE_PX + theme.SPACE_M, 0, -_STAR_PX - theme.SPACE_S, 0)
        upper, lower = QRect(text), QRect(text)
        upper.setHeight(text.height() // 2)
        lower.setTop(upper.bottom() + 1)
        says = self._mark_text(info)
        right = 0
        if says:
            text_width = QFontMetrics(theme.font(theme.SMALL_PX)).horizontalAdvance(says)
            right = text_width + theme.SPACE_M
            self._write(painter, upper, says, self._mark_token(info), small=True, right=True)
        self._write(painter, upper.adjusted(0, 0, -right, 0), info.title, "text", semibold=True)
        told = " · ".join(self._model.told(info))
        self._write(painter, lower, told, "quiet", small=True)

    def _paint_card(self, painter: QPainter, cell: QRect, info: Info) -> None:
        inside = cell.adjusted(_MARGIN, _MARGIN, -_MARGIN, -_MARGIN)
        side = inside.width()
        self._paint_picture(painter, QRect(inside.left(), inside.top(), side, side), info)
        line = QRect(inside.left(), inside.top() + side + theme.SPACE_XS, side, 20)
        self._write(painter, line, info.title, "text", semibold=True)
        line.translate(0, 20)
        family = family_title(info)
        about = " · ".join(part for part in (kind_title(info), family) if part)
        self._write(painter, line, about, "quiet", small=True)
        line.translate(0, 16)
        says = self._mark_text(info)
        known = [part for part in facts(info)[-2:] if part != family]
        self._write(painter, line, says or " · ".join(known), self._mark_token(info), small=True)

    def _mark_text(self, info: Info) -> str:
        models = self._session.models
        return "in use" if models.is_in_use(info) else self._model.fit_text(info)

    def _mark_token(self, info: Info) -> str:
        models = self._session.models
        if models.is_in_use(info):
            return "text"
        return _FIT_TOKENS.get(models.fit(info).verdict, "quiet")

    def _write(
        self,
        painter: QPainter,
        rect: QRect,
        text: str,
        token: str,
        *,
        small: bool = False,
        semibold: bool = False,
        right: bool = False,
    ) -> None:
        font = theme.font(theme.SMALL_PX if small else theme.TEXT_PX, semibold=semibold)
        line = text.replace("\n", " ")
        shown = QFontMetrics(font).elidedText(line, Qt.TextElideMode.ElideRight, rect.width())
        painter.setFont(font)
        painter.setPen(theme.color(token))
        side = Qt.AlignmentFlag.AlignRight if right else Qt.AlignmentFlag.AlignLeft
        painter.drawText(rect, side | Qt.AlignmentFlag.AlignVCenter, shown)

    def _paint_picture(self, painter: QPainter, target: QRect, info: Info) -> None:
        pixmap = self._previews.get(info)
        if pixmap is not None and not pixmap.isNull():
            ratio = painter.device().devicePixelRatioF()
            painter.drawPixmap(target.topLeft(), self._at(pixmap, target.size() * ratio, ratio))
            return
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("raised"))
        painter.drawRoundedRect(QRectF(target), CORNER_PX, CORNER_PX)
        if pixmap is not None:
            side = max(theme.ICON_SIZE, target.width() // 5)
            mark = QRect(0, 0, side, side)
            mark.moveCenter(target.center())
            icon(KIND_ICONS[kind_of(info)], "disabled").paint(painter, mark)

    def _at(self, pixmap: QPixmap, size: QSize, ratio: float) -> QPixmap:
        key = pixmap.cacheKey(), size.width()
        kept = self._rounded.get(key)
        if kept is None:
            kept = rounded(pixmap, size, ratio)
            self._rounded.put(key, kept)
        return kept

    def _paint_star(self, painter: QPainter, rect: QRect, info: Info, is_over: bool) -> None:
        is_favourite = self._session.models.marks.is_favourite(info)
        if not (is_favourite or is_over):
            return
        mark = QRect(0, 0, theme.ICON_SIZE, theme.ICON_SIZE)
        mark.moveCenter(rect.center())
        if self.shows_cards:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("panel", 0.8))
            painter.drawRoundedRect(QRectF(rect), CORNER_PX, CORNER_PX)
        name = "star-filled" if is_favourite else "star"
        icon(name, "text" if is_favourite else "quiet").paint(painter, mark)
