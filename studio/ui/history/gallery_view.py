"""The gallery's grid: pictures with their stars, and what an artist's hand does to them."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QItemSelectionModel, QModelIndex, QPoint, QPointF, QRect, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDrag,
    QGuiApplication,
    QHideEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QResizeEvent,
    QShowEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QWidget

from studio.library import Picture
from studio.ui.history.cell_painter import CellPainter, CellState, picture_rect
from studio.ui.history.gallery_model import GalleryModel
from studio.ui.history.grid_view import GridView
from studio.ui.history.rubber_band import RubberBand
from studio.ui.history.stars import MOST, star_at, stars_rect
from studio.ui.history.thumbnails import Maker, Thumbnails

SMALLEST_PX: Final = 64
LARGEST_PX: Final = 320
USUAL_PX: Final = 92
_MOVING_KEYS = (
    Qt.Key.Key_Left,
    Qt.Key.Key_Right,
    Qt.Key.Key_Up,
    Qt.Key.Key_Down,
    Qt.Key.Key_Home,
    Qt.Key.Key_End,
    Qt.Key.Key_PageUp,
    Qt.Key.Key_PageDown,
)
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_STAR_KEYS: Final = {Qt.Key(Qt.Key.Key_0.value + stars): stars for stars in range(MOST + 1)}
_KEYPAD: Final = Qt.KeyboardModifier.KeypadModifier


class GalleryView(GridView):
    """Says what the artist wants of pictures; does nothing to them itself.

    `rate_wanted` has the pictures' new stars, and the one picture meant or None for all that are
    selected. `zoom_wanted` is +1 for larger, -1 for smaller.
    """

    show_wanted = Signal(Picture)
    restore_wanted = Signal(Picture)
    delete_wanted = Signal()
    rate_wanted = Signal(int, object)
    tag_wanted = Signal()
    menu_wanted = Signal(Picture, QPoint)
    zoom_wanted = Signal(int)
    escape_pressed = Signal()

    def __init__(self, model: GalleryModel, maker: Maker, parent: QWidget | None = None) -> None:
        super().__init__(model, parent)
        self._gallery = model
        self._thumbnails = Thumbnails(maker, self)
        self._painter = CellPainter()
        self._band = RubberBand(self)
        self._on_canvas: int | None = None
        self._hovered: int | None = None
        self._offered = 0
        self.setObjectName("Gallery")
        self.setAccessibleName("History")
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setDragEnabled(True)
        self._thumbnails.arrived.connect(self._repaint)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)

    def is_busy(self) -> bool:
        """Whether a thumbnail is still to come."""
        return self._thumbnails.is_busy()

    def current_picture(self) -> Picture | None:
        """The one that the keys are on, if it is here."""
        return self._picture_at(self.currentIndex())

    def mark_on_canvas(self, picture: Picture | None) -> None:
        """Put the ring around the picture that is on the canvas."""
        before, self._on_canvas = self._on_canvas, None if picture is None else picture.id
        for picture_id in (before, self._on_canvas):
            if picture_id is not None:
                self._repaint(picture_id)

    def set_thumbnail_px(self, side_px: int) -> None:
        """Choose how large the pictures are, at least."""
        self._thumbnails.set_side(round(side_px * self.devicePixelRatioF()))
        self.set_wish(side_px)

    def select_row(self, row: int) -> None:
        """Make a row the only one that is selected, and bring it into sight."""
        index = self._gallery.index(row)
        self.setCurrentIndex(index)
        self.scrollTo(index)

    # Painting

    def paint_cell(self, painter: QPainter, row: int, cell: QRect) -> None:
        index = self._gallery.index(row)
        picture = self._gallery.picture(row)
        is_current = index == self.currentIndex() and self.hasFocus()
        is_selected = self.selectionModel().isSelected(index)
        if picture is None:
            state = CellState(is_selected, has_focus=is_current)
            self._painter.paint_placeholder(painter, cell, state)
            return
        state = CellState(
            is_selected,
            picture.id == self._on_canvas,
            is_current,
            self._offered if row == self._hovered else None,
        )
        self._painter.paint_picture(painter, cell, picture, self._thumbnails.get(picture), state)

    def paint_heading(self, painter: QPainter, group: int, rect: QRect) -> None:
        count = self._gallery.group_counts()[group]
        self._painter.paint_heading(painter, rect, self._gallery.heading(group), count)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        if self._band.is_drawn:
            self._band.paint(QPainter(self.viewport()))
        seen = (self._gallery.peek(row) for row in self.rows_in_sight())
        self._thumbnails.want_only({picture.id for picture in seen if picture is not None})

    def _repaint(self, picture_id: int) -> None:
        """Repaint one picture, and nothing else."""
        row = next(
            (
                row
                for row in self.rows_in_sight()
                if (picture := self._gallery.peek(row)) is not None and picture.id == picture_id
            ),
            None,
        )
        if row is not None:
            self.viewport().update(self.row_rect(row))

    # Stars under the pointer

    def _star_under(self, place: QPointF) -> tuple[int | None, int]:
        """The row under the pointer, and which of its stars is."""
        row = self.row_at(place.toPoint())
        picture = None if row is None else self._gallery.peek(row)
        if row is None or picture is None:
            return None, 0
        return row, star_at(place, stars_rect(picture_rect(self.row_rect(row), picture)))

    def _hover(self, row: int | None, offered: int) -> None:
        if (row, offered) == (self._hovered, self._offered):
            return
        for changed in {self._hovered, row} - {None}:
            if changed is not None and changed in self.rows_in_sight():
                self.viewport().update(self.row_rect(changed))
        self._hovered, self._offered = row, offered

    def scrollContentsBy(self, dx: int, dy: int) -> None:  # noqa: N802 - Qt's name
        self._hover(None, 0)
        super().scrollContentsBy(dx, dy)

    # The mouse

    def mousePressEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        modifiers = event.modifiers()
        row, star = self._star_under(event.position())
        is_left = event.button() == Qt.MouseButton.LeftButton
        place = event.position().toPoint()
        on_nothing = self.row_at(place) is None
        if is_left and (on_nothing or modifiers & Qt.KeyboardModifier.AltModifier):
            adding = Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.ShiftModifier
            self._band.begin(place, adds=bool(modifiers & adding))
            self.setFocus(Qt.FocusReason.MouseFocusReason)
        elif is_left and star and row is not None and not modifiers:
            self._rate_with(row, star)
        else:
            super().mousePressEvent(event)

    def mouseMoveEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._band.is_begun:
            self._band.move(event.position().toPoint())
            return
        is_free = event.buttons() == Qt.MouseButton.NoButton
        self._hover(*(self._star_under(event.position()) if is_free else (None, 0)))
        super().mouseMoveEvent(event)

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        if self._band.is_begun:
            self._band.end()
        else:
            super().mouseReleaseEvent(event)

    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        row, star = self._star_under(event.position())
        if row is not None and star:
            self._rate_with(row, star)
        else:
            super().mouseDoubleClickEvent(event)

    def leaveEvent(self, event: object) -> None:  # noqa: N802 - Qt's name
        self._hover(None, 0)

    def wheelEvent(self, event: QWheelEvent) -> None:  # noqa: N802 - Qt's name
        if event.modifiers() & Qt.KeyboardModifier.ControlModifier:
            if event.angleDelta().y():
                self.zoom_wanted.emit(1 if event.angleDelta().y() > 0 else -1)
        else:
            super().wheelEvent(event)

    def startDrag(self, actions: Qt.DropAction) -> None:  # noqa: N802 - Qt's name
        picture = self.current_picture()
        if picture is None:
            return
        drag = QDrag(self)
        drag.setMimeData(self._gallery.mime_data(self.selected_rows()))
        thumbnail = self._thumbnails.get(picture)
        if thumbnail is not None and not thumbnail.isNull():
            count = sum(last - first + 1 for first, last in self.selected_rows())
            ratio = self.devicePixelRatioF()
            drag.setPixmap(self._painter.drag_pixmap(thumbnail, count, ratio))
        drag.exec(Qt.DropAction.CopyAction)

    def _rate_with(self, row: int, star: int) -> None:
        picture = self._gallery.peek(row)
        if picture is not None:
            # The star that is the last one lit puts them out.
            self.rate_wanted.emit(0 if star == picture.rating else star, picture)

    def _picture_at(self, index: QModelIndex) -> Picture | None:
        return self._gallery.peek(index.row()) if index.isValid() else None

    def _on_clicked(self, index: QModelIndex) -> None:
        # With Shift or Ctrl the artist selects.
        picture = self._picture_at(index)
        if picture is not None and not QGuiApplication.keyboardModifiers():
            self.show_wanted.emit(picture)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if (picture := self._picture_at(index)) is not None:
            self.restore_wanted.emit(picture)

    # Keys

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        before = self.currentIndex().row()
        key, modifiers = event.key(), event.modifiers() & ~_KEYPAD
        if key == Qt.Key.Key_Escape and self._band.is_begun:
            self._band.end(back=True)
        elif key == Qt.Key.Key_Escape:
            self._on_escape()
        elif key in _ENTER_KEYS and not modifiers and self.current_picture() is not None:
            self.restore_wanted.emit(self.current_picture())
        elif key == Qt.Key.Key_Delete and self.selected_rows():
            self.delete_wanted.emit()
        elif key == Qt.Key.Key_T and not modifiers and self.selected_rows():
            self.tag_wanted.emit()
        elif key in _STAR_KEYS and not modifiers and self.selected_rows():
            self.rate_wanted.emit(_STAR_KEYS[Qt.Key(key)], None)
        else:
            super().keyPressEvent(event)
            now = self.current_picture()
            moved = self.currentIndex().row() != before
            if key in _MOVING_KEYS and not modifiers and moved and now is not None:
                self.show_wanted.emit(now)

    def _on_escape(self) -> None:
        """Back out of the smallest thing: a selection of several first."""
        if sum(last - first + 1 for first, last in self.selected_rows()) > 1:
            flag = QItemSelectionModel.SelectionFlag.ClearAndSelect
            self.selectionModel().select(self.currentIndex(), flag)
        else:
            self.escape_pressed.emit()

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        at_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if at_mouse else self.currentIndex()
        picture = self._picture_at(index)
        if picture is not None:
            place = event.globalPos()
            if not at_mouse:
                place = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_wanted.emit(picture, place)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        self._lay_out()
        super().showEvent(event)

    def hideEvent(self, event: QHideEvent) -> None:  # noqa: N802 - Qt's name
        self._band.end()
        super().hideEvent(event)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._hover(None, 0)
        super().resizeEvent(event)
