"""What this program is, under which licence, and whose work it stands on."""

from __future__ import annotations

import re
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QDialog, QLabel, QPushButton, QTextBrowser, QVBoxLayout, QWidget

from studio import __version__
from studio.domain.resources import RESOURCES
from studio.ui import theme
from studio.ui.controls.fields import plain_label, row
from studio.ui.icons import icon

_SIZE = (560, 520)
_ICON_PX = 64
_NOTICES: Final = RESOURCES.parent / "packaging" / "THIRD_PARTY.md"
_WHAT_IT_IS = "An art studio in which every step that led to a picture stays."
_LICENCE = "Free software under the Apache License 2.0"


class AboutDialog(QDialog):
    """Not modal: `show()` it and work on. It is deleted when it is closed.

    Args:
        device: what pictures are made on, for people; may be empty.
    """

    def __init__(self, device: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("About Pentimento")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._notices = QTextBrowser()
        self._notices.setOpenExternalLinks(True)
        self._notices.setAccessibleName("Works of others that come with Pentimento")
        self._notices.setMarkdown(read_notices())
        self._close = QPushButton("Close")
        self._close.setDefault(True)
        self._close.clicked.connect(self.close)
        self._lay_out(device)
        self.resize(*_SIZE)
        self._close.setFocus()

    def _lay_out(self, device: str) -> None:
        mark = QLabel()
        mark.setPixmap(icon("pentimento").pixmap(_ICON_PX, _ICON_PX))
        facts = QVBoxLayout()
        facts.setSpacing(theme.SPACE_XS)
        facts.addWidget(plain_label(f"Pentimento {__version__}", "title"))
        facts.addWidget(plain_label(_WHAT_IT_IS))
        facts.addWidget(plain_label(_LICENCE, "quiet"))
        if device:
            facts.addWidget(plain_label(f"Pictures are made on: {device}", "quiet"))
        head = row(mark)
        head.setSpacing(theme.SPACE_L)
        head.setAlignment(mark, Qt.AlignmentFlag.AlignTop)
        head.addLayout(facts, 1)
        buttons = row(self._close)
        buttons.insertStretch(0, 1)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XL] * 4)
        layout.setSpacing(theme.SPACE_L)
        layout.addLayout(head)
        layout.addWidget(self._notices, 1)
        layout.addLayout(buttons)


def read_notices() -> str:
    """The notices of others' works as Markdown, or where to find them when they don't lie here."""
    try:
        text = _NOTICES.read_text(encoding="utf-8")
    except OSError:
        return "The notices are in packaging/THIRD_PARTY.md of the source code."
    # No heading is louder than the program's name above.
    return re.sub("^#+ ", "#### ", text, flags=re.MULTILINE)
