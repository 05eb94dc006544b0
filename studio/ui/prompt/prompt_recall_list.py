"""The prompts that were used, to be searched and chosen from."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QSize, Qt, QTimer
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import (
    QToolButton,
    QWidget,
)

from studio.domain.errors import StudioError
from studio.ui import theme
from studio.ui.controls.fields import plain_tooltip
from studio.ui.controls.search_popup import SearchPopup
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


class PromptList(SearchPopup):
    """Offers the prompts that have the words typed, the newest first."""

    def __init__(self, session: Session, recall: PromptRecall, parent: QWidget) -> None:
        name, listed = "Prompts that were used", "Prompts, the newest first"
        super().__init__(parent, name, "Search your prompts", listed, _SIZE)
        self._session = session
        self._asked = 0
        self._tasks = Tasks(self)
        self._words.setToolTip("Words of the prompt; arrow keys and Enter choose one")
        self._pause = QTimer(self, singleShot=True, interval=_PAUSE_MS)
        self._pause.timeout.connect(self._search)
        self._words.textChanged.connect(self._pause.start)
        self.chosen.connect(recall.put)

    def open_at(self, place: QPoint) -> None:
        """Show the newest prompts with the upper right corner at a place of the screen."""
        self._place(place - QPoint(_SIZE.width(), 0))
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
            self._add(" ".join(prompt.split())[:_LONGEST], prompt, plain_tooltip(prompt))
        self._show_found(
            "No prompt has these words."
            if words.strip()
            else "Every prompt you generate with is kept here."
        )


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
