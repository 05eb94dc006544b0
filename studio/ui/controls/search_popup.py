"""A popup in which something is looked for and chosen."""

from __future__ import annotations

from typing import Any, Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls.fields import plain_label

_LIST_KEYS: Final = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTER_KEYS: Final = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class SearchPopup(QFrame):
    """Type to search, arrow keys and Enter choose, Escape leaves all as it was."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget, name: str, hint: str, listed: str, size: QSize) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._size = size
        self.setObjectName("OptionsPopup")
        self.setAccessibleName(name)
        self._words = QLineEdit()
        self._words.setPlaceholderText(hint)
        self._words.setAccessibleName(hint)
        self._words.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("PromptList")
        self._list.setAccessibleName(listed)
        self._list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self._list.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._none = plain_label("", "quiet")
        self._none.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._none.setWordWrap(True)
        column = QVBoxLayout(self)
        column.setContentsMargins(*4 * (theme.SPACE_S,))
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self._words)
        column.addWidget(self._list, 1)
        column.addWidget(self._none, 1)
        self._list.itemClicked.connect(self._choose)

    def _place(self, left_top: QPoint) -> None:
        """Empty the search, and put the left upper corner there, or where the screen has room."""
        self.resize(self._size)
        room = self.screen().availableGeometry()
        left = max(room.left(), min(left_top.x(), room.right() - self._size.width()))
        top = max(room.top(), min(left_top.y(), room.bottom() - self._size.height()))
        self.move(left, top)
        self._words.clear()

    def _add(self, text: str, value: Any, tooltip: str) -> None:
        item = QListWidgetItem(text)
        item.setData(Qt.ItemDataRole.UserRole, value)
        item.setToolTip(tooltip)
        self._list.addItem(item)

    def _show_found(self, none: str) -> None:
        """Choose the first of what was added; `none` is said where nothing was."""
        self._list.setCurrentRow(0)
        found = self._list.count() > 0
        self._list.setVisible(found)
        self._none.setVisible(not found)
        self._none.setText(none)

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.close()
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        # The keys that choose are the list's while one types.
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        if event.key() in _LIST_KEYS:
            self._list.keyPressEvent(event)
        elif event.key() in _ENTER_KEYS:
            self._choose(self._list.currentItem())
        else:
            return False
        return True
