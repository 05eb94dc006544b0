"""The shelf: style pictures to choose from."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPen,
    QResizeEvent,
    QShowEvent,
)
from PySide6.QtWidgets import QAbstractItemView, QListView, QMenu, QWidget

from studio.library.style_shelf import StyleEntry
from studio.ui import theme
from studio.ui.actions import Action, fill_menu
from studio.ui.bindings import Bindings
from studio.ui.session import Session
from studio.ui.style.shelf_delegate import HEADING_HEIGHT, ShelfDelegate
from studio.ui.style.shelf_model import ShelfModel
from studio.ui.style.thumbnails import StyleThumbnails

_CELL_PX: Final = 56
_ROWS: Final = 2
_CHOOSING_KEYS = (Qt.Key.Key_Space, Qt.Key.Key_Return, Qt.Key.Key_Enter)
_EMPTY: Final = "Drop paintings here to take on their style."


class StyleShelf(QListView):
    """A click or Space chooses a style, with Ctrl it is blended with those that are chosen. F2
    renames one of the artist's own, Delete moves it to the trash. `add_wanted` is emitted when
    somebody wants to choose a file."""

    add_wanted = Signal()

    def __init__(
        self, session: Session, thumbnails: StyleThumbnails, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._thumbnails = thumbnails
        self._model = ShelfModel(session, self)
        self._delegate = ShelfDelegate(session, self._model, thumbnails, self)
        self._is_target = False
        self.setAccessibleName("Styles")
        self.setFlow(QListView.Flow.LeftToRight)
        self.setWrapping(True)
        self.setResizeMode(QListView.ResizeMode.Adjust)
        self.setMovement(QListView.Movement.Static)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setSelectionMode(QAbstractItemView.SelectionMode.NoSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setItemDelegate(self._delegate)
        self.setModel(self._model)
        self.setMinimumHeight(HEADING_HEIGHT + _ROWS * _CELL_PX)

        thumbnails.arrived.connect(self._repaint)
        self._bindings = Bindings(self)
        self._bindings.add(session.restyling.wishes_changed, self._repaint)
        self._bindings.add(session.styles.side_changed, self._repaint)

    @property
    def shelf_model(self) -> ShelfModel:
        return self._model

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(0, self.minimumHeight())

    def show_target(self, is_target: bool) -> None:
        """Say that a picture can be dropped here."""
        if is_target != self._is_target:
            self._is_target = is_target
            self._repaint()

    def menu_for(self, entry: StyleEntry | None) -> QMenu:
        """What can be done with a style, and with the shelf."""
        styles, menu = self._session.styles, QMenu(self)
        of_entry: list[Action | None] = []
        if entry is not None:
            of_entry = [
                Action("Choose", lambda: styles.choose(entry), icon="check"),
                Action("Blend", lambda: styles.blend(entry), icon="blend"),
                None,
            ]
        own: list[Action | None] = []
        if entry is not None and entry.is_own:
            own = [
                None,
                Action("Rename", lambda: self.edit(self._model.index_of(entry))),
                Action("Move to trash", lambda: styles.remove(entry), icon="trash-2"),
            ]
        add = Action("Add a style…", self.add_wanted.emit, icon="plus")
        fill_menu(menu, menu, [*of_entry, add, *own])
        return menu

    def _measure(self) -> None:
        # The scroll bar's room is left free before it comes, so that the columns stay.
        room = self.width() - 2 * self.frameWidth() - self.verticalScrollBar().sizeHint().width()
        columns = max(1, room // _CELL_PX)
        # One less, for the list breaks a row that fills its width to the last pixel.
        self._delegate.set_sizes((room - 1) // columns, room - 1)

    def _choose(self, entry: StyleEntry, *, blend: bool) -> None:
        if blend:
            self._session.styles.blend(entry)
        else:
            self._session.styles.choose(entry)

    # Slots

    def _repaint(self) -> None:
        self.viewport().update()

    # Events

    def mouseReleaseEvent(self, event: QMouseEvent) -> None:  # noqa: N802 - Qt's name
        super().mouseReleaseEvent(event)
        index = self.indexAt(event.position().toPoint())
        entry = self._model.entry(index)
        # Who pressed elsewhere and let go here means nothing by it.
        if entry is None or index != self.currentIndex():
            return
        if event.button() == Qt.MouseButton.LeftButton:
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            self._choose(entry, blend=bool(control))

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        entry = self._model.entry(self.currentIndex())
        if self.state() == QAbstractItemView.State.EditingState:
            # The Return that ends it isn't for the shelf.
            super().keyPressEvent(event)
        elif entry is not None and event.key() in _CHOOSING_KEYS:
            control = event.modifiers() & Qt.KeyboardModifier.ControlModifier
            self._choose(entry, blend=bool(control))
        elif entry is not None and entry.is_own and event.key() == Qt.Key.Key_Delete:
            self._session.styles.remove(entry)
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        at_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        index = self.indexAt(event.pos()) if at_mouse else self.currentIndex()
        place: QPoint = event.globalPos()
        if not at_mouse:
            place = self.viewport().mapToGlobal(self.visualRect(index).center())
        menu = self.menu_for(self._model.entry(index))
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self.viewport())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        whole = self.viewport().rect()
        if not self._model.rowCount():
            painter.setPen(theme.color("quiet"))
            flags = Qt.AlignmentFlag.AlignCenter | Qt.TextFlag.TextWordWrap
            painter.drawText(whole.adjusted(theme.SPACE_M, 0, -theme.SPACE_M, 0), flags, _EMPTY)
        if self._is_target:
            painter.setPen(QPen(theme.color("text"), 2, Qt.PenStyle.DashLine))
            painter.drawRoundedRect(whole.adjusted(1, 1, -2, -2), theme.RADIUS, theme.RADIUS)

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        self._measure()
        super().resizeEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        self._measure()
        super().showEvent(event)
