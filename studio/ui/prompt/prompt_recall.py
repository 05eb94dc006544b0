"""Older prompts back into the prompt's field: Ctrl+Up and Ctrl+Down, as a shell does it."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent, QTextCursor

from studio.domain.errors import StudioError
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.text_field import TextField
from studio.ui.session import Session


class PromptRecall(QObject):
    """Ctrl+Up brings the prompt before, Ctrl+Down the one after; after the newest comes what was
    being written. While something is selected the keys are the field's own.

    A recalled prompt takes the place of the text as one step that the field's own undo takes back.
    """

    def __init__(self, field: TextField, session: Session) -> None:
        super().__init__(field)
        self._field = field
        self._session = session
        self._older: list[str] = []
        self._place = -1
        self._written = ""
        self._is_recalling = False
        self._tasks = Tasks(self)
        field.installEventFilter(self)
        field.textChanged.connect(self._on_text_changed)

    def older(self) -> None:
        """Put in the prompt that was used before the one that stands there."""
        if self._place < 0:
            self._tasks.start(self._begin())
        else:
            self._go(self._place + 1)

    def newer(self) -> None:
        """Back towards what was being written."""
        if self._place >= 0:
            self._go(self._place - 1)

    def put(self, prompt: str) -> None:
        """Put in any prompt, as one step of undo, with the cursor at its end."""
        self._is_recalling = True
        cursor = self._field.textCursor()
        cursor.select(QTextCursor.SelectionType.Document)
        cursor.insertText(prompt)
        cursor.movePosition(QTextCursor.MoveOperation.End)
        self._field.setTextCursor(cursor)
        self._is_recalling = False

    async def _begin(self) -> None:
        try:
            self._older = await self._session.prompts.recent()
        except StudioError as error:
            self._session.messages.tell(error)
            return
        if self._place < 0:
            self._written = self._field.toPlainText()
            self._go(0)

    def _go(self, place: int) -> None:
        """Show the prompt of that place, or a later one that differs from what stands there."""
        shown = self._field.toPlainText()
        step = 1 if place > self._place else -1
        while 0 <= place < len(self._older) and self._older[place] == shown.strip():
            place += step
        if place < 0:
            self._place = -1
            self.put(self._written)
        elif place < len(self._older):
            self._place = place
            self.put(self._older[place])

    def _on_text_changed(self) -> None:
        if not self._is_recalling:
            self._place = -1

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        is_plain = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if is_plain != Qt.KeyboardModifier.ControlModifier:
            return False
        if self._field.textCursor().hasSelection():
            return False
        match event.key():
            case Qt.Key.Key_Up:
                self.older()
            case Qt.Key.Key_Down:
                self.newer()
            case _:
                return False
        return True
