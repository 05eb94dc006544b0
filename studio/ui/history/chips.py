"""Short texts, such as filters or tags, each as a chip that can be clicked and taken away."""

from __future__ import annotations

from collections.abc import Mapping

from PySide6.QtCore import QSize, Qt, Signal
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QToolButton, QWidget
from superqt import QFlowLayout

from studio.ui import theme
from studio.ui.controls.fields import plain_tooltip
from studio.ui.icons import icon

_LONGEST = 40


class Chip(QFrame):
    """A click, or Enter, is `clicked`; its cross, or Delete, takes it away."""

    clicked = Signal()
    removed = Signal()

    def __init__(self, text: str, shown: str, tip: str, parent: QWidget) -> None:
        super().__init__(parent)
        self.text = text
        self.setObjectName("Chip")
        short = shown if len(shown) <= _LONGEST else f"{shown[: _LONGEST - 1]}…"
        self._label = QPushButton(short.replace("&", "&&"))
        self._label.setObjectName("ChipLabel")
        self._label.setAccessibleName(shown)
        self._label.setAccessibleDescription(f"{tip}, Delete takes it away")
        self._label.setToolTip(plain_tooltip(f"{shown}\n{tip}, Delete takes it away"))
        self._label.clicked.connect(self.clicked)
        self._cross = QToolButton()
        self._cross.setObjectName("ChipCross")
        self._cross.setIcon(icon("x", "quiet"))
        self._cross.setIconSize(QSize(12, 12))
        self._cross.setAccessibleName(f"Take away {shown}")
        self._cross.setToolTip("Take it away")
        # Tab goes from chip to chip; Delete does what the cross does.
        self._cross.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._cross.clicked.connect(self.removed)
        self.setFocusProxy(self._label)
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 2, 0)
        row.setSpacing(0)
        row.addWidget(self._label)
        row.addWidget(self._cross)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        match event.key():
            case Qt.Key.Key_Delete | Qt.Key.Key_Backspace:
                self.removed.emit()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                self.clicked.emit()
            case _:
                super().keyPressEvent(event)


class Chips(QWidget):
    """A flow of chips; no room is taken while there are none. `tip` says what a click does.

    `clicked` and `removed` have a chip's text; `removed` comes when it is gone. `left` says that
    the last one went while the keys were on it.
    """

    clicked = Signal(str)
    removed = Signal(str)
    left = Signal()

    def __init__(self, name: str, tip: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._tip = tip
        self._chips: list[Chip] = []
        self._flow = QFlowLayout(self)
        self._flow.setContentsMargins(0, 0, 0, 0)
        self._flow.setHorizontalSpacing(theme.SPACE_XS)
        self._flow.setVerticalSpacing(theme.SPACE_XS)
        self.setAccessibleName(name)
        self.hide()

    def texts(self) -> list[str]:
        """The chips' texts, in their order."""
        return [chip.text for chip in self._chips]

    def set_texts(self, texts: Mapping[str, str]) -> None:
        """Show other chips, each text with what stands on its chip; nothing is announced."""
        while self._chips:
            self._drop(0)
        self.add(texts)

    def add(self, texts: Mapping[str, str]) -> None:
        """Show more chips; nothing is announced."""
        for text, shown in texts.items():
            chip = Chip(text, shown, self._tip, self)
            chip.clicked.connect(lambda text=text: self.clicked.emit(text))
            chip.removed.connect(lambda chip=chip: self._remove(chip))
            self._chips.append(chip)
            self._flow.addWidget(chip)
            chip.show()
        self.setVisible(bool(self._chips))

    def take(self, text: str) -> None:
        """Remove a chip; nothing is announced."""
        self._drop(self.texts().index(text))
        self.setVisible(bool(self._chips))

    def _drop(self, place: int) -> None:
        chip = self._chips.pop(place)
        self._flow.removeWidget(chip)
        chip.hide()
        chip.deleteLater()

    def _remove(self, chip: Chip) -> None:
        place, had_focus = self._chips.index(chip), chip.isAncestorOf(self.focusWidget() or self)
        self._drop(place)
        self.setVisible(bool(self._chips))
        # The keys stay where one was.
        if had_focus and self._chips:
            self._chips[min(place, len(self._chips) - 1)].setFocus()
        elif had_focus:
            self.left.emit()
        self.removed.emit(chip.text)
