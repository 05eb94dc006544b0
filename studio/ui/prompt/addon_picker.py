"""A popup in which one of the LoRAs on this disk is looked for and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QVBoxLayout, QWidget

from studio.domain.addons import AddonInfo
from studio.domain.fit import amount
from studio.ui import theme
from studio.ui.controls.fields import plain_label, plain_tooltip

_SIZE: Final = QSize(300, 320)
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class AddonPicker(QFrame):
    """Type to search, arrow keys and Enter choose, Escape leaves all as it was."""

    chosen = Signal(object)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._addons: tuple[AddonInfo, ...] = ()
        self.setObjectName("OptionsPopup")
        self.setAccessibleName("LoRAs on this disk")
        self._words = QLineEdit()
        self._words.setPlaceholderText("Search LoRAs")
        self._words.setAccessibleName("Search LoRAs")
        self._words.setToolTip("Words of the name; arrow keys and Enter choose one")
        self._words.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("PromptList")
        self._list.setAccessibleName("LoRAs")
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
        self._words.textChanged.connect(self._on_text_changed)
        self._list.itemClicked.connect(self._on_item_clicked)

    def open_at(self, place: QPoint, addons: Sequence[AddonInfo]) -> None:
        """Show `addons` below a place of the screen."""
        self._addons = tuple(addons)
        self.resize(_SIZE)
        room = self.screen().availableGeometry()
        left = max(room.left(), min(place.x(), room.right() - _SIZE.width()))
        top = max(room.top(), min(place.y(), room.bottom() - _SIZE.height()))
        self.move(left, top)
        self._words.clear()
        self._fill()
        self.show()
        self._words.setFocus()

    def names(self) -> list[str]:
        """What is listed."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def _fill(self) -> None:
        words = self._words.text().lower().split()
        self._list.clear()
        for addon in self._addons:
            told = f"{addon.title} {addon.name} {' '.join(addon.trigger_words)}".lower()
            if all(word in told for word in words):
                item = QListWidgetItem(addon.title)
                item.setData(Qt.ItemDataRole.UserRole, addon)
                item.setToolTip(_describe(addon))
                self._list.addItem(item)
        self._list.setCurrentRow(0)
        found = self._list.count() > 0
        self._list.setVisible(found)
        self._none.setVisible(not found)
        self._none.setText(
            "No LoRA has these words."
            if self._addons
            else "No LoRA for this model is on this disk. Drop its file into the models window."
        )

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self.close()
            self.chosen.emit(item.data(Qt.ItemDataRole.UserRole))

    def _on_text_changed(self) -> None:
        self._fill()

    def _on_item_clicked(self, item: QListWidgetItem) -> None:
        self._choose(item)

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


def _describe(addon: AddonInfo) -> str:
    lines = [addon.title, amount(addon.size_bytes) if addon.size_bytes else ""]
    if addon.trigger_words:
        lines.append(f"Words for the prompt: {', '.join(addon.trigger_words)}")
    return plain_tooltip("\n".join(filter(None, lines)))
