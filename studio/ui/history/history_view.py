"""The grid of the history: columns that fill the width, and a scroll position that stays."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, Qt, Signal
from PySide6.QtGui import QContextMenuEvent, QGuiApplication, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QAbstractItemView, QListView, QWidget

from studio.library import Library, Picture
from studio.ui import theme
from studio.ui.history.history_delegate import HistoryDelegate
from studio.ui.history.history_model import PICTURE_ROLE, HistoryModel
from studio.ui.history.thumbnails import Thumbnails

_COLUMN_PX: Final = 92
_THUMBNAIL_PX: Final = 160
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


class HistoryView(QListView):
    """Says what the artist wants of pictures; does nothing to them itself."""

    show_wanted = Signal(Picture)
    restore_wanted = Signal(Picture)
    delete_wanted = Signal(list)
    menu_wanted = Signal(Picture, QPoint)

    def __init__(
        self, model: HistoryModel, library: Library, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._model = model
        self._thumbnails = Thumbnails(library, self)
        self._delegate = HistoryDelegate(model, self._thumbnails, self)
        self._anchor = QPersistentModelIndex()
        self._anchor_top = 0
        self._anchor_value = 0
        self.setAccessibleName("History")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.ExtendedSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setDragDropMode(QAbstractItemView.DragDropMode.DragOnly)
        self.setViewportMargins(theme.SPACE_S, 0, 0, 0)
        self.setItemDelegate(self._delegate)
        self.setModel(model)

        self._thumbnails.arrived.connect(self._repaint)
        self.clicked.connect(self._on_clicked)
        self.doubleClicked.connect(self._on_double_clicked)
        self.verticalScrollBar().valueChanged.connect(self._on_scrolled)
        model.rowsAboutToBeInserted.connect(self._on_rows_about_to_change)
        model.rowsAboutToBeRemoved.connect(self._on_rows_about_to_change)
        model.rowsInserted.connect(self._on_rows_changed)
        model.rowsRemoved.connect(self._on_rows_changed)

    def selected(self) -> list[Picture]:
        """The selected pictures, from top to bottom."""
        indexes = sorted(self.selectedIndexes(), key=QModelIndex.row)
        return [index.data(PICTURE_ROLE) for index in indexes]

    def mark_current(self, picture: Picture | None) -> None:
        """Put the ring around the picture that is on the canvas."""
        before = self._delegate.current_id
        self._delegate.current_id = None if picture is None else picture.id
        for picture_id in (before, self._delegate.current_id):
            if picture_id is not None:
                self._repaint(picture_id)

    def _repaint(self, picture_id: int) -> None:
        """Repaint one picture, and nothing else of what may be thousands."""
        self.update(self._model.index_of(picture_id))

    def _measure(self) -> None:
        # The scroll bar's room is left free before it comes, so that the columns stay.
        room = self.width() - theme.SPACE_S - 2 * self.frameWidth()
        room -= self.verticalScrollBar().sizeHint().width()
        columns = max(1, room // _COLUMN_PX)
        # One less, for the list breaks a row that fills its width to the last pixel.
        self._delegate.set_sizes((room - 1) // columns, room - 1)
        self._thumbnails.set_side(round(_THUMBNAIL_PX * self.devicePixelRatioF()))

    def _picture_at(self, index: QModelIndex) -> Picture | None:
        picture = index.data(PICTURE_ROLE)
        return picture if isinstance(picture, Picture) else None

    def _on_clicked(self, index: QModelIndex) -> None:
        # With Shift or Ctrl the artist selects.
        picture = self._picture_at(index)
        if picture is not None and not QGuiApplication.keyboardModifiers():
            self.show_wanted.emit(picture)

    def _on_double_clicked(self, index: QModelIndex) -> None:
        if (picture := self._picture_at(index)) is not None:
            self.restore_wanted.emit(picture)

    def _on_scrolled(self, value: int) -> None:
        if value > self.verticalScrollBar().maximum() - 2 * self.viewport().height():
            self.model().fetchMore(QModelIndex())

    def _on_rows_about_to_change(self, _parent: QModelIndex, first: int, _last: int) -> None:
        """Remember where something stands that is in view and below what changes."""
        value = self.verticalScrollBar().value()
        if value == self._anchor_value and self._anchor.isValid():
            return  # nobody scrolled since the last change: the same picture stays where it is
        self._anchor = QPersistentModelIndex()
        index = self.indexAt(self.viewport().rect().center())
        if value > 0 and index.isValid() and first <= index.row():
            self._anchor = QPersistentModelIndex(index)
            self._anchor_top = self.visualRect(index).top()

    def _on_rows_changed(self) -> None:
        if not self._anchor.isValid():
            return
        self.executeDelayedItemsLayout()
        index = self.model().index(self._anchor.row(), 0)
        moved = self.visualRect(index).top() - self._anchor_top
        self.verticalScrollBar().setValue(self.verticalScrollBar().value() + moved)
        self._anchor_value = self.verticalScrollBar().value()

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        picture = self._picture_at(self.currentIndex())
        if event.key() in _ENTER_KEYS and not event.modifiers() and picture is not None:
            self.restore_wanted.emit(picture)
        elif event.key() == Qt.Key.Key_Delete and self.selected():
            self.delete_wanted.emit(self.selected())
        else:
            super().keyPressEvent(event)
            now = self._picture_at(self.currentIndex())
            if event.key() in _MOVING_KEYS and not event.modifiers() and now not in (None, picture):
                self.show_wanted.emit(now)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        at_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if at_mouse else self.currentIndex()
        picture = self._picture_at(index)
        if picture is not None:
            place = event.globalPos()
            if not at_mouse:
                place = self.viewport().mapToGlobal(self.visualRect(index).center())
            self.menu_wanted.emit(picture, place)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._measure()
        self._anchor = QPersistentModelIndex()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        self._measure()
        super().showEvent(event)
