"""The field that pictures are searched with: words in a line, filters as chips below it."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt, QTimer, Signal
from PySide6.QtGui import QKeyEvent, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.library.query import Filter, parse
from studio.ui import theme
from studio.ui.controls.tool_button import tool_button
from studio.ui.history.chips import Chips
from studio.ui.icons import icon

PAUSE_MS: Final = 30
_JOIN: Final = re.compile(r"\s*(?:\||OR\s)")
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_TIP: Final = (
    "Words of the prompt, “a phrase”, -without, and fields such as model: rating:>3 date:today "
    "tag: in: has:mask (Ctrl+F)"
)


class SearchField(QWidget):
    """`asked` carries the whole search, a moment after it changed; `left` says that the artist is
    done with it and wants the pictures."""

    asked = Signal(str)
    left = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._said = ""
        self._line = _Line()
        self._line.setPlaceholderText("Search")
        self._line.setAccessibleName("Search the history")
        self._line.setToolTip(_TIP)
        self._line.clear_button.clicked.connect(self.clear)
        self._line.installEventFilter(self)
        self._chips = Chips("Filters", "A click edits it")
        self._row = QHBoxLayout()
        self._row.setSpacing(theme.SPACE_XS)
        self._row.addWidget(self._line, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(self._row)
        column.addWidget(self._chips)
        self.setFocusProxy(self._line)
        self._pause = QTimer(self, singleShot=True, interval=PAUSE_MS)
        self._pause.timeout.connect(self._say)
        self._line.textChanged.connect(self._on_text_changed)
        self._chips.removed.connect(self._on_changed)
        self._chips.clicked.connect(self._edit)
        self._chips.left.connect(self._line.setFocus)

    @property
    def line(self) -> QLineEdit:
        return self._line

    @property
    def chips(self) -> Chips:
        return self._chips

    def add_button(self, button: QWidget) -> None:
        """Put a button beside the line."""
        self._row.addWidget(button)

    def text(self) -> str:
        """The whole search."""
        return " ".join(filter(None, [*self._chips.texts(), self._line.text().strip()]))

    def set_text(self, text: str) -> None:
        """Show another search; nothing is asked."""
        if text == self.text():
            return
        self._said = text
        self._chips.set_texts({})
        self._line.setText(f"{text} " if text else "")
        self._absorb()
        self._pause.stop()

    def clear(self) -> None:
        """Show everything again, at once."""
        self._chips.set_texts({})
        self._line.clear()
        self._on_changed()
        self._say()

    def start(self) -> None:
        """Put the cursor into the line, with all of it selected."""
        self._line.setFocus(Qt.FocusReason.ShortcutFocusReason)
        self._line.selectAll()

    def _absorb(self) -> None:
        """Make chips of the filters that are finished: a space follows, and nothing goes with it
        but “and”."""
        text = self._line.text()
        done = [
            group[0]
            for group in parse(text).groups
            if len(group) == 1
            and isinstance(group[0], Filter)
            and group[0].is_finished
            and text[group[0].end : group[0].end + 1].isspace()
            and not _JOIN.match(text, group[0].end)
        ]
        if not done:
            return
        rest = text
        for part in reversed(done):
            rest = rest[: part.start] + rest[part.end :].lstrip()
        self._chips.add({str(part): str(part) for part in done})
        place = max(0, self._line.cursorPosition() - (len(text) - len(rest)))
        self._line.setText(rest)
        self._line.setCursorPosition(place)

    def _say(self) -> None:
        self._pause.stop()
        if (text := self.text()) != self._said:
            self._said = text
            self.asked.emit(text)

    def _on_text_changed(self) -> None:
        if _JOIN.match(self._line.text()) and self._chips.texts():
            # What is joined to a filter needs it beside itself.
            last = self._chips.texts()[-1]
            self._chips.take(last)
            self._line.setText(f"{last} {self._line.text().lstrip()}")
        if self._line.text().endswith(" "):
            self._absorb()
        self._on_changed()

    def _on_changed(self) -> None:
        self._line.clear_button.setVisible(bool(self.text()))
        self._pause.start()

    def _edit(self, text: str) -> None:
        """Make text of a chip again, with its value selected."""
        self._chips.take(text)
        rest = self._line.text().strip()
        self._line.setText(f"{rest} {text}".strip())
        self._line.setFocus()
        start = self._line.text().rindex(text)
        value = text.index(":") + 1
        self._line.setSelection(start + value, len(text) - value)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        if not isinstance(event, QKeyEvent) or event.type() is not QEvent.Type.KeyPress:
            return False
        at_start = self._line.cursorPosition() == 0 and not self._line.hasSelectedText()
        match event.key():
            case Qt.Key.Key_Backspace if at_start and self._chips.texts():
                self._edit(self._chips.texts()[-1])
            case Qt.Key.Key_Escape if self.text():
                self.clear()
            case Qt.Key.Key_Escape | Qt.Key.Key_Down:
                self.left.emit()
            case key if key in _ENTER_KEYS:
                self._line.setText(f"{self._line.text().strip()} ".lstrip())
                self._say()
            case _:
                return False
        return True


class _Line(QLineEdit):
    """A line with a magnifying glass at its beginning and a button at its end. Qt's own actions
    stand too low in a field that the style sheet makes higher."""

    def __init__(self) -> None:
        super().__init__()
        self.clear_button = tool_button("x", "Show everything again", "Escape")
        self.clear_button.setParent(self)
        self.clear_button.setFixedSize(theme.HIT_SIZE, theme.HIT_SIZE)
        self.clear_button.setCursor(Qt.CursorShape.ArrowCursor)
        self.clear_button.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.clear_button.hide()
        self.setTextMargins(theme.ICON_SIZE + theme.SPACE_XS, 0, theme.HIT_SIZE, 0)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        side = theme.ICON_SIZE
        top = (self.height() - side) // 2
        painter = QPainter(self)
        icon("search", "quiet").paint(painter, theme.SPACE_S, top, side, side)
        painter.end()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        button = self.clear_button
        button.move(self.width() - button.width() - 2, (self.height() - button.height()) // 2)
