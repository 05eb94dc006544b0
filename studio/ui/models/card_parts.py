"""What a model's page is made of: headings, texts to read and copy, words to click."""

from __future__ import annotations

import re
from collections.abc import Iterable

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QGuiApplication
from PySide6.QtWidgets import QGridLayout, QLabel, QPushButton, QVBoxLayout, QWidget
from superqt import QFlowLayout

from studio.ui import theme
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import plain_label, plain_tooltip, say, sentence_label
from studio.ui.controls.tool_button import tool_button

_LONG_CHARS = 700


class Section(QWidget):
    """A heading and what stands below it; hidden while `fill` has nothing to show."""

    def __init__(self, title: str, content: QWidget, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, theme.SPACE_S, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(plain_label(title, "small"))
        layout.addWidget(content)


class LongText(QWidget):
    """Plain text that can be selected; of a long one the beginning, until all is wanted."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._text = ""
        self._label = text_label()
        self._more = QPushButton("Show all of it")
        theme.set_role(self._more, "link")
        self._more.clicked.connect(self._show_all)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(self._label)
        layout.addWidget(self._more, alignment=Qt.AlignmentFlag.AlignLeft)

    def text(self) -> str:
        """What is shown."""
        return self._label.text()

    def set_text(self, text: str) -> None:
        text = self._text = flowing(text)
        is_long = len(text) > _LONG_CHARS
        say(self._label, f"{text[:_LONG_CHARS].rstrip()}…" if is_long else text)
        self._more.setVisible(is_long)

    def _show_all(self) -> None:
        say(self._label, self._text)
        self._more.hide()


class Words(QWidget):
    """Short texts in a flow, each a button; `clicked` carries one."""

    clicked = Signal(str)

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = tip
        self._buttons: list[QPushButton] = []
        self._flow = QFlowLayout(self)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(theme.SPACE_XS)
        self._flow.setVerticalSpacing(theme.SPACE_XS)
        self.setAccessibleName(name)

    def buttons(self) -> list[QPushButton]:
        return list(self._buttons)

    def set_words(self, words: Iterable[str]) -> None:
        """Show others."""
        for button in self._buttons:
            self._flow.removeWidget(button)
            button.hide()
            button.deleteLater()
        self._buttons = [self._button(word) for word in words]

    def _button(self, word: str) -> QPushButton:
        short = word if len(word) <= 40 else f"{word[:39]}…"
        button = QPushButton(short.replace("&", "&&"), self)
        button.setObjectName("Word")
        button.setAccessibleName(word)
        button.setToolTip(plain_tooltip(f"{word}\n{self._tip}"))
        button.clicked.connect(lambda: self.clicked.emit(word))
        self._flow.addWidget(button)
        button.show()
        return button


class Copyable(QWidget):
    """Names and values, one a line, each value cut short where the room ends and copied whole."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._grid = QGridLayout(self)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setHorizontalSpacing(theme.SPACE_S)
        self._grid.setVerticalSpacing(0)
        self._grid.setColumnStretch(1, 1)
        self._values: dict[str, str] = {}

    def values(self) -> dict[str, str]:
        """What is shown, by name."""
        return dict(self._values)

    def set_values(self, values: dict[str, str]) -> None:
        """Show others; those without a text are left out."""
        values = {name: value for name, value in values.items() if value}
        if values == self._values:
            return
        self._values = values
        while (item := self._grid.takeAt(0)) is not None:
            if (widget := item.widget()) is not None:
                widget.hide()
                widget.deleteLater()
        for row, (name, value) in enumerate(values.items()):
            shown = ElidedLabel(value)
            shown.setAccessibleName(f"{name}: {value}")
            copy = tool_button("copy", f"Copy {name}")
            copy.setIconSize(QSize(theme.ICON_SIZE - 2, theme.ICON_SIZE - 2))
            copy.clicked.connect(lambda _=False, value=value: _to_clipboard(value))
            self._grid.addWidget(plain_label(name, "quiet"), row, 0)
            self._grid.addWidget(shown, row, 1)
            self._grid.addWidget(copy, row, 2)


def text_label(role: str = "") -> QLabel:
    """A text that wraps, can be selected, and takes no room while it is empty."""
    label = sentence_label(role)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def flowing(text: str) -> str:
    """A text that was broken into lines for a terminal, as paragraphs; lists stay lists."""
    without_pictures = re.sub(r"!\[[^\]\n]*\]\([^)\n]*\)", "", text)
    paragraphs = re.sub(r"(?m)^#+ +", "", without_pictures.strip())
    return re.sub(r"(?<![\n ])[ ]?\n(?=[^\s#*|>0-9-])", " ", paragraphs)


def _to_clipboard(text: str) -> None:
    QGuiApplication.clipboard().setText(text)
