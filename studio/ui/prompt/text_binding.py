"""A TextField that shows and writes one text of the draft."""

from __future__ import annotations

from PySide6.QtCore import QObject, QSignalBlocker
from PySide6.QtGui import QTextCursor

from studio.ui.bindings import Bindings
from studio.ui.controls.text_field import TextField
from studio.ui.session import Draft


class _TextBinding(QObject):
    def __init__(self, edit: TextField, draft: Draft, field: str) -> None:
        super().__init__(edit)
        self._edit = edit
        self._draft = draft
        self._field = field
        edit.setPlainText(getattr(draft, field))
        edit.moveCursor(QTextCursor.MoveOperation.End)
        edit.textChanged.connect(self._on_text_changed)
        self._bindings = Bindings(self)
        self._bindings.add(getattr(draft.events, field), self._on_draft_changed)

    def _on_text_changed(self) -> None:
        setattr(self._draft, self._field, self._edit.toPlainText())

    def _on_draft_changed(self, text: str) -> None:
        edit = self._edit
        if text == edit.toPlainText():
            return
        cursor = edit.textCursor()
        position = cursor.position()
        was_at_end = cursor.atEnd()
        # Blocked, for Qt makes its own line ends of some: the draft's text stays as it is.
        with QSignalBlocker(edit):
            cursor.select(QTextCursor.SelectionType.Document)
            cursor.insertText(text)
            if not was_at_end:
                cursor.setPosition(min(position, edit.document().characterCount() - 1))
            edit.setTextCursor(cursor)


def bind_text(edit: TextField, draft: Draft, field: str) -> None:
    """Keep a text field and `draft.<field>` the same, with the cursor at the end at first."""
    _TextBinding(edit, draft, field)
