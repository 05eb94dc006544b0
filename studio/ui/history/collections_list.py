"""The collections, a narrow list: a click shows one, pictures dragged onto one go into it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QPoint, QSize, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDragLeaveEvent,
    QDragMoveEvent,
    QDropEvent,
    QKeyEvent,
    QPainter,
)
from PySide6.QtWidgets import (
    QAbstractItemDelegate,
    QAbstractItemView,
    QListWidget,
    QListWidgetItem,
    QMenu,
    QStyle,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QWidget,
)

from studio.ui import theme
from studio.ui.actions import Action, fill_menu
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_tooltip
from studio.ui.history.gallery_view import GalleryView
from studio.ui.session import Session

ROW_PX: Final = 26
MOST_ROWS: Final = 5
EVERYTHING: Final = "All pictures"
_NAME: Final = Qt.ItemDataRole.UserRole
_COUNT: Final = Qt.ItemDataRole.UserRole + 1
_NEW: Final = "New collection…"
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_Index = QModelIndex | QPersistentModelIndex


class CollectionsList(QListWidget):
    """The first row is all pictures, the last one makes a new collection. `chosen` has a
    collection's name, "" for all pictures; `dropped` has the one that the dragged pictures go
    into."""

    chosen = Signal(str)
    dropped = Signal(str)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._marks = session.marks
        self._current = ""
        self._new: QListWidgetItem | None = None
        self.setObjectName("Collections")
        self.setAccessibleName("Collections")
        self.setEditTriggers(QAbstractItemView.EditTrigger.EditKeyPressed)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setUniformItemSizes(True)
        self.setItemDelegate(_Delegate(self))
        self.setDragDropMode(QAbstractItemView.DragDropMode.DropOnly)
        self.setDropIndicatorShown(False)
        self.itemClicked.connect(self._on_activated)
        self.itemChanged.connect(self._on_item_changed)
        self._bindings = Bindings(self)
        self._bindings.add(self._marks.collections_changed, self._fill)
        self._fill()

    def mark(self, name: str) -> None:
        """Show which collection is on show; "" is all pictures."""
        self._current = name
        rows = range(self.count())
        row = next((row for row in rows if self.item(row).data(_NAME) == name), 0)
        self.setCurrentRow(row)

    def begin_new(self) -> None:
        """Add a row whose name is to be typed."""
        item = self._item(self._marks.unused_name(), "", 0)
        item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
        self.insertItem(self.count() - 1, item)
        self.scrollToItem(item)
        self.setCurrentItem(item)
        self._new = item
        self.editItem(item)

    def menu_for(self, item: QListWidgetItem) -> QMenu:
        """What can be done with a collection."""
        name = item.data(_NAME)
        menu = QMenu(self)
        fill_menu(
            menu,
            menu,
            [
                Action("Rename…", lambda: self.editItem(item)),
                Action(
                    "Delete this collection",
                    lambda: self._marks.delete_collection(name),
                    icon="trash-2",
                    tip="Its pictures stay",
                ),
            ],
        )
        return menu

    def sizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        rows = min(self.count(), MOST_ROWS)
        return QSize(120, rows * ROW_PX + theme.SPACE_XS)

    def minimumSizeHint(self) -> QSize:  # noqa: N802 - Qt's name
        return QSize(90, min(self.count(), 2) * ROW_PX)

    def _fill(self) -> None:
        if self._new is not None:
            return  # a name is being typed; the list comes anew afterwards
        self.blockSignals(True)
        self.clear()
        self.addItem(self._item(EVERYTHING, "", self._marks.picture_count))
        for collection in self._marks.collections:
            item = self._item(collection.name, collection.name, collection.count)
            item.setFlags(item.flags() | Qt.ItemFlag.ItemIsEditable)
            self.addItem(item)
        new = QListWidgetItem(_NEW)
        new.setSizeHint(QSize(0, ROW_PX))
        new.setToolTip("Make a collection; pictures dragged here begin one")
        self.addItem(new)
        self.blockSignals(False)
        self.mark(self._current)
        self.updateGeometry()

    def _item(self, text: str, name: str, count: int) -> QListWidgetItem:
        item = QListWidgetItem(text)
        item.setData(_NAME, name)
        item.setData(_COUNT, count)
        item.setSizeHint(QSize(0, ROW_PX))
        item.setToolTip(plain_tooltip(f"{text}: {count:,} pictures"))
        item.setData(Qt.ItemDataRole.AccessibleTextRole, f"{text}, {count:,} pictures")
        return item

    def _on_activated(self, item: QListWidgetItem) -> None:
        if item.data(_NAME) is None:
            self.begin_new()
        else:
            self.chosen.emit(item.data(_NAME))

    def _target(self, item: QListWidgetItem | None) -> str:
        """The collection that pictures dropped on a row go into; "" if they can't be."""
        if item is None:
            return ""
        is_new = item.data(_NAME) is None
        return self._marks.unused_name() if is_new else str(item.data(_NAME))

    def _on_item_changed(self, item: QListWidgetItem) -> None:
        before, name = item.data(_NAME), item.text().strip()
        if before and name and name != before:
            self._marks.rename_collection(before, name)

    def closeEditor(  # noqa: N802 - Qt's name
        self, editor: QWidget, hint: QAbstractItemDelegate.EndEditHint
    ) -> None:
        super().closeEditor(editor, hint)
        new, self._new = self._new, None
        if new is None:
            return
        if hint is QAbstractItemDelegate.EndEditHint.RevertModelCache or not new.text().strip():
            self._fill()
        else:
            # The list comes anew when the library has it.
            self._marks.create_collection(new.text().strip())

    # Pictures dragged onto it

    def dragEnterEvent(self, event: QDragEnterEvent) -> None:  # noqa: N802 - Qt's name
        if isinstance(event.source(), GalleryView):
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragMoveEvent(self, event: QDragMoveEvent) -> None:  # noqa: N802 - Qt's name
        item = self.itemAt(event.position().toPoint())
        if isinstance(event.source(), GalleryView) and item is not None and self._target(item):
            self.setCurrentItem(item)
            event.acceptProposedAction()
        else:
            event.ignore()

    def dragLeaveEvent(self, _event: QDragLeaveEvent) -> None:  # noqa: N802 - Qt's name
        self.mark(self._current)

    def dropEvent(self, event: QDropEvent) -> None:  # noqa: N802 - Qt's name
        item = self.itemAt(event.position().toPoint())
        self.mark(self._current)
        if name := self._target(item):
            event.acceptProposedAction()
            self.dropped.emit(name)

    # Events

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        item = self.currentItem()
        is_free = self.state() is not QAbstractItemView.State.EditingState
        if event.key() in _ENTER_KEYS and item is not None and is_free:
            self._on_activated(item)
        elif event.key() == Qt.Key.Key_Delete and item is not None and item.data(_NAME):
            self._marks.delete_collection(item.data(_NAME))
        else:
            super().keyPressEvent(event)

    def contextMenuEvent(self, event: QContextMenuEvent) -> None:  # noqa: N802 - Qt's name
        at_mouse = event.reason() is QContextMenuEvent.Reason.Mouse
        item = self.itemAt(event.pos()) if at_mouse else self.currentItem()
        if item is not None and item.data(_NAME):
            menu = self.menu_for(item)
            menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
            place = event.globalPos()
            if not at_mouse:
                corner: QPoint = self.visualItemRect(item).bottomLeft()
                place = self.viewport().mapToGlobal(corner)
            menu.popup(place)


class _Delegate(QStyledItemDelegate):
    """The name at the left, the number at the right."""

    def paint(self, painter: QPainter, option: QStyleOptionViewItem, index: _Index) -> None:
        painter.save()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        rect = option.rect.adjusted(1, 1, -1, -1)
        if option.state & QStyle.StateFlag.State_Selected:
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("line"))
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        if option.state & QStyle.StateFlag.State_HasFocus:
            painter.setPen(theme.color("accent"))
            painter.setBrush(Qt.BrushStyle.NoBrush)
            painter.drawRoundedRect(rect, theme.RADIUS, theme.RADIUS)
        inside = rect.adjusted(theme.SPACE_S, 0, -theme.SPACE_S, 0)
        count = index.data(_COUNT)
        number = "" if count is None else f"{count:,}"
        middle = Qt.AlignmentFlag.AlignVCenter
        painter.setFont(theme.font(theme.SMALL_PX))
        painter.setPen(theme.color("quiet"))
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignRight, number)
        inside.setRight(
            inside.right() - painter.fontMetrics().horizontalAdvance(number) - theme.SPACE_S
        )
        painter.setFont(theme.font())
        painter.setPen(theme.color("quiet" if count is None else "text"))
        name = painter.fontMetrics().elidedText(
            index.data(), Qt.TextElideMode.ElideRight, inside.width()
        )
        painter.drawText(inside, middle | Qt.AlignmentFlag.AlignLeft, name)
        painter.restore()
