"""The prompts that were used, to be searched and chosen from."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QKeyEvent, QResizeEvent
from PySide6.QtWidgets import (
    QFrame,
    QLineEdit,
    QListWidget,
    QListWidgetItem,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import StudioError
from studio.ui import theme
from studio.ui.controls.fields import plain_label, plain_tooltip
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.text_field import TextField
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.prompt.prompt_recall import PromptRecall
from studio.ui.session import Session

_SIZE: Final = QSize(360, 320)
_PAUSE_MS: Final = 30
_MOST: Final = 100
_LONGEST: Final = 160
_LIST_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_Down, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)


class PromptList(QFrame):
    """A popup: type to search, arrow keys and Enter choose, Escape leaves all as it was."""

    def __init__(self, session: Session, recall: PromptRecall, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self._session = session
        self._recall = recall
        self._asked = 0
        self._tasks = Tasks(self)
        self.setObjectName("OptionsPopup")
        self.setAccessibleName("Prompts that were used")
        self._words = QLineEdit()
        self._words.setPlaceholderText("Search your prompts")
        self._words.setAccessibleName("Search your prompts")
        self._words.setToolTip("Words of the prompt; arrow keys and Enter choose one")
        self._words.installEventFilter(self)
        self._list = QListWidget()
        self._list.setObjectName("PromptList")
        self._list.setAccessibleName("Prompts, the newest first")
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
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._words.textChanged.connect(self._pause.start)
        self._list.itemClicked.connect(self._choose)

    def open_at(self, place: QPoint) -> None:
        """Show the newest prompts with the upper right corner at a place of the screen."""
        self.resize(_SIZE)
        room = self.screen().availableGeometry()
        left = max(room.left(), min(place.x() - _SIZE.width(), room.right() - _SIZE.width()))
        top = max(room.top(), min(place.y(), room.bottom() - _SIZE.height()))
        self.move(left, top)
        self._words.clear()
        self._search()
        self.show()
        self._words.setFocus()

    def prompts(self) -> list[str]:
        """What is listed."""
        rows = range(self._list.count())
        return [self._list.item(row).data(Qt.ItemDataRole.UserRole) for row in rows]

    def _search(self) -> None:
        self._asked += 1
        self._tasks.start(self._fill(self._asked, self._words.text()))

    async def _fill(self, number: int, words: str) -> None:
        try:
            prompts = await self._session.prompts.recent(words, _MOST)
        except StudioError as error:
            self.close()
            self._session.messages.tell(error)
            return
        if number != self._asked:
            return  # something else was typed since
        self._list.clear()
        for prompt in prompts:
            item = QListWidgetItem(" ".join(prompt.split())[:_LONGEST])
            item.setData(Qt.ItemDataRole.UserRole, prompt)
            item.setToolTip(plain_tooltip(prompt))
            self._list.addItem(item)
        self._list.setCurrentRow(0)
        self._list.setVisible(bool(prompts))
        self._none.setVisible(not prompts)
        self._none.setText(
            "No prompt has these words."
            if words.strip()
            else "Every prompt you generate with is kept here."
        )

    def _choose(self, item: QListWidgetItem | None) -> None:
        if item is not None:
            self._recall.put(item.data(Qt.ItemDataRole.UserRole))
            self.close()

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


class PromptListButton(QObject):
    """A button in the lower right corner of the prompt's field that opens the list."""

    def __init__(self, field: TextField, recall: PromptRecall, session: Session) -> None:
        super().__init__(field)
        self._field = field
        self._button: QToolButton = tool_button("history", "Prompts you used", "Ctrl+Up")
        # Quieter than what is written there.
        self._button.setIcon(icon("history", "quiet"))
        self._button.setParent(field)
        self._button.setFixedSize(theme.HIT_SIZE, theme.HIT_SIZE)
        self._button.setCursor(Qt.CursorShape.ArrowCursor)
        self._list = PromptList(session, recall, field)
        self._button.clicked.connect(self.open)
        field.installEventFilter(self)
        self._place()
        self._button.show()

    @property
    def button(self) -> QToolButton:
        return self._button

    @property
    def list(self) -> PromptList:
        return self._list

    def open(self) -> None:
        """Show the list under the button."""
        corner = self._button.rect().bottomRight()
        self._list.open_at(self._button.mapToGlobal(corner))

    def _place(self) -> None:
        field, button = self._field.size(), self._button.size()
        gap = theme.SPACE_XS
        self._button.move(
            field.width() - button.width() - gap, field.height() - button.height() - gap
        )

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if isinstance(event, QResizeEvent):
            self._place()
        return False
