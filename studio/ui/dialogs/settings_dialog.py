"""How a picture from elsewhere was made, and which of it the prompt panel takes over."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QRect, Qt
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QGridLayout,
    QLabel,
    QPlainTextEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from studio.library.settings import PictureSettings
from studio.ui import theme
from studio.ui.controls.collapsible_section import CollapsibleSection
from studio.ui.controls.fields import plain_label, row
from studio.ui.session import Session
from studio.ui.session.drafting.foreign_settings import OfferedPart, Part

_WIDTH: Final = 520
_VALUE_WIDTH: Final = 340
_ENDLESS: Final = 10_000
_MOST_MEASURED: Final = 2_000
_LONG: Final = (Part.PROMPT, Part.NEGATIVE_PROMPT)
_LINES: Final = {Part.PROMPT: 6, Part.NEGATIVE_PROMPT: 4}
_LINES_OF_OTHERS: Final = 6


class SettingsDialog(QDialog):
    """Shows settings as plain text, with a check mark for each part; takes over what is checked.

    `name` is the picture's. Begins no job and blocks only its own window.
    """

    def __init__(
        self, session: Session, settings: PictureSettings, name: str, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle("Settings of a picture")
        self._session = session
        self._offer = session.foreign_settings.offer(settings)
        self._boxes: dict[Part, QCheckBox] = {}
        self._use = QPushButton("Use these settings")
        self._use.setDefault(True)
        theme.set_role(self._use, "primary")
        self._cancel = QPushButton("Cancel")
        theme.set_role(self._cancel, "queue")
        self._lay_out(name)
        self._on_toggled()
        self._use.clicked.connect(self.accept)
        self._cancel.clicked.connect(self.reject)

    def _lay_out(self, name: str) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_L] * 4)
        layout.setSpacing(theme.SPACE_S)
        program = self._offer.settings.program or "another program"
        layout.addWidget(_wrapped(f"“{name}” was made with {program}."))
        layout.addSpacing(theme.SPACE_XS)
        grid = QGridLayout()
        grid.setHorizontalSpacing(theme.SPACE_M)
        grid.setVerticalSpacing(theme.SPACE_XS)
        grid.setColumnStretch(1, 1)
        for part in self._offer.parts:
            self._add(grid, part)
        layout.addLayout(grid)
        if self._offer.unknown:
            lines = (f"{key}: {value}" for key, value in self._offer.unknown)
            width = _WIDTH - 2 * theme.SPACE_L
            others = _text("\n".join(lines), _LINES_OF_OTHERS, width, "Not taken over")
            section = CollapsibleSection("Not taken over", others)
            section.heading.setToolTip("What else stands there, as it was written")
            section.toggled.connect(lambda _open: self.adjustSize())
            layout.addWidget(section)
        layout.addSpacing(theme.SPACE_S)
        buttons = row(self._cancel, self._use)
        buttons.insertStretch(0, 1)
        layout.addLayout(buttons)
        self.setFixedWidth(_WIDTH)

    def _add(self, grid: QGridLayout, offered: OfferedPart) -> None:
        at = grid.rowCount()
        top = Qt.AlignmentFlag.AlignTop
        box = QCheckBox(offered.part)
        box.setEnabled(offered.is_usable)
        box.setChecked(offered.is_usable)
        box.setToolTip("Take it over into the prompt panel")
        box.toggled.connect(self._on_toggled)
        self._boxes[offered.part] = box
        grid.addWidget(box, at, 0, top)
        if offered.part in _LONG:
            value: QWidget = _text(
                offered.value, _LINES[offered.part], _VALUE_WIDTH, str(offered.part)
            )
            value.setVisible(bool(offered.value))
        else:
            value = _wrapped(offered.value)
            value.setEnabled(offered.is_usable)
        grid.addWidget(value, at, 1, top)
        if offered.note:
            grid.addWidget(_wrapped(offered.note, "small"), at + 1, 1, top)

    @property
    def chosen(self) -> frozenset[Part]:
        """The parts that are checked."""
        return frozenset(part for part, box in self._boxes.items() if box.isChecked())

    def accept(self) -> None:
        self._session.foreign_settings.take(self._offer, self.chosen)
        super().accept()

    def _on_toggled(self) -> None:
        self._use.setEnabled(bool(self.chosen))


def _wrapped(text: str, role: str = "") -> QLabel:
    label = plain_label(text, role)
    label.setWordWrap(True)
    label.setTextInteractionFlags(Qt.TextInteractionFlag.TextSelectableByMouse)
    return label


def _text(text: str, most_lines: int, width: int, name: str) -> QPlainTextEdit:
    """A long text as it is, to be scrolled and copied; as high as it needs, within limits."""
    edit = QPlainTextEdit(text)
    edit.setReadOnly(True)
    edit.setTabChangesFocus(True)
    edit.setAccessibleName(name)
    metrics, padding = edit.fontMetrics(), 2 * theme.SPACE_M
    room = QRect(0, 0, width - padding, _ENDLESS)
    needed = metrics.boundingRect(room, Qt.TextFlag.TextWordWrap, text[:_MOST_MEASURED]).height()
    lines = min(most_lines, max(1, -(-needed // metrics.lineSpacing())))
    edit.setFixedHeight(lines * metrics.lineSpacing() + padding)
    return edit
