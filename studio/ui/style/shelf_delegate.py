"""Paints the shelf: headings, and styles in squares of one size."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QPainter, QPixmap
from PySide6.QtWidgets import QLineEdit, QStyle, QStyledItemDelegate, QStyleOptionViewItem, QWidget

from studio.library.style_shelf import StyleEntry
from studio.ui import theme
from studio.ui.controls.thumbnails import CORNER_PX, paint_ring, paint_room, rounded
from studio.ui.session import Session
from studio.ui.style.shelf_model import Index, ShelfModel
from studio.ui.style.thumbnails import StyleThumbnails

HEADING_HEIGHT: Final = 24
_RING_PX: Final = 2
_NUMBER_PX: Final = 16
_EDITOR_WIDTH: Final = 150


class ShelfDelegate(QStyledItemDelegate):
    """The room of a style is reserved before its thumbnail comes, so that nothing jumps."""

    def __init__(
        self, session: Session, model: ShelfModel, thumbnails: StyleThumbnails, parent: QObject
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._model = model
        self._thumbnails = thumbnails
        self._cell = QSize()
        self._heading = QSize()

    def set_sizes(self, cell_px: int, row_px: int) -> None:
        """Choose the side of a style's cell and the length of a row."""
        self._cell = QSize(cell_px, cell_px)
        self._heading = QSize(row_px, HEADING_HEIGHT)

    def sizeHint(self, option: QStyleOptionViewItem, index: Index) -> QSize:  # noqa: N802 - Qt's name
        return self._cell if self._model.entry(index) else self._heading

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        row = self._model.row(index)
        if isinstance(row, str):
            painter.setFont(theme.font(theme.SMALL_PX, semibold=True))
            painter.setPen(theme.color("quiet"))
            place = option.rect.adjusted(_RING_PX, 0, 0, -theme.SPACE_XS)
            painter.drawText(place, Qt.AlignmentFlag.AlignBottom, row)
        elif row is not None:
            self._paint_style(painter, option, row)
        painter.restore()

    def _paint_style(
        self, painter: QPainter, option: QStyleOptionViewItem, entry: StyleEntry
    ) -> None:
        gap = _RING_PX + 1
        target = QRectF(option.rect).adjusted(gap, gap, -gap, -gap)
        fits = not entry.painted or self._session.restyling.wishes.method == "instant"
        painter.setOpacity(1.0 if fits else 0.35)
        paint_thumbnail(painter, target, self._thumbnails.get(entry))
        painter.setOpacity(1.0)
        chosen = [choice.entry for choice in self._session.styles.chosen]
        if entry in chosen:
            paint_ring(painter, target, "accent", _RING_PX, _RING_PX / 2 + 0.5)
            if len(chosen) > 1:
                self._paint_number(painter, target, chosen.index(entry) + 1)
        elif option.state & QStyle.StateFlag.State_HasFocus:
            paint_ring(painter, target, "text", 1, 1)

    def _paint_number(self, painter: QPainter, target: QRectF, number: int) -> None:
        """Which of those that are blended it is, in their order below."""
        place = QRectF(0, 0, _NUMBER_PX, _NUMBER_PX)
        place.moveBottomRight(target.bottomRight())
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(theme.color("accent"))
        painter.drawRoundedRect(place, CORNER_PX, CORNER_PX)
        painter.setPen(theme.color("on_accent"))
        painter.setFont(theme.font(theme.SMALL_PX, semibold=True))
        painter.drawText(place, Qt.AlignmentFlag.AlignCenter, str(number))

    def createEditor(  # noqa: N802 - Qt's name
        self, parent: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> QWidget:
        editor = QLineEdit(parent)
        editor.setAccessibleName("Name of the style")
        return editor

    def updateEditorGeometry(  # noqa: N802 - Qt's name
        self, editor: QWidget, option: QStyleOptionViewItem, index: Index
    ) -> None:
        """Over the lower edge of the square, and wide enough for a name."""
        place = editor.parentWidget()
        room = option.rect if place is None else place.rect()
        width = min(_EDITOR_WIDTH, room.width())
        left = min(option.rect.left(), room.right() - width)
        top = option.rect.bottom() - theme.CONTROL_HEIGHT
        editor.setGeometry(QRect(left, top, width, theme.CONTROL_HEIGHT))

    def eventFilter(self, editor: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        # The window's shortcuts are letters; here they are written.
        if event.type() == QEvent.Type.ShortcutOverride:
            event.accept()
        return super().eventFilter(editor, event)


def paint_thumbnail(painter: QPainter, target: QRectF, thumbnail: QPixmap | None) -> None:
    """A picture in a square with rounded corners; before it comes its room, and a sign where it
    can't come."""
    if thumbnail is None or thumbnail.isNull():
        paint_room(painter, target, 0 if thumbnail is None else theme.ICON_SIZE)
        return
    ratio = painter.device().devicePixelRatioF()
    size = (target.size() * ratio).toSize()
    painter.drawPixmap(target.topLeft(), rounded(thumbnail, size, ratio))
