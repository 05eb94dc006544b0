"""The seed: a whole number, a dice that draws a new one, and a lock that keeps it."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtGui import QKeyEvent, QValidator
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QWidget

from studio.domain.limits import MAX_IMAGES_PER_PROMPT, MAX_SEED
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import field_label
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.session import Draft

# A queue of pictures counts on from the seed, and its last one must be a seed, too.
HIGHEST_SEED: Final = MAX_SEED - 2 * MAX_IMAGES_PER_PROMPT


class _SeedValidator(QValidator):
    """Digits only, up to HIGHEST_SEED; QSpinBox ends at 2³¹ - 1."""

    def validate(self, text: str, position: int) -> tuple[QValidator.State, str, int]:
        text = text.strip()
        if not text:
            return QValidator.State.Intermediate, text, 0
        fine = text.isascii() and text.isdecimal() and int(text) <= HIGHEST_SEED
        state = QValidator.State.Acceptable if fine else QValidator.State.Invalid
        return state, text, min(position, len(text))


class SeedControl(QWidget):
    """A seed that is typed is kept: who types one wants exactly that one."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._edit = QLineEdit()
        self._edit.setObjectName("Seed")
        self._edit.setValidator(_SeedValidator(self._edit))
        self._edit.setToolTip(
            "The number that the noise is drawn from: the same seed, the same picture"
        )
        self._dice = tool_button("dices", "Draw a new seed", "Ctrl+D")
        self._lock = tool_button("lock-open", "Keep the seed")
        self._lock.setCheckable(True)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addWidget(field_label("Seed", self._edit))
        layout.addSpacing(theme.SPACE_S)
        layout.addWidget(self._edit, 1)
        layout.addWidget(self._dice)
        layout.addWidget(self._lock)
        self._show_seed(draft.seed)
        self._show_lock(draft.keep_seed)

        self._edit.textEdited.connect(self._on_text_edited)
        self._edit.editingFinished.connect(self._on_editing_finished)
        self._dice.clicked.connect(self._on_dice_clicked)
        self._lock.toggled.connect(self._on_lock_toggled)
        self._bindings = Bindings(self)
        self._bindings.add(draft.events.seed, self._show_seed)
        self._bindings.add(draft.events.keep_seed, self._show_lock)

    def _show_seed(self, seed: int) -> None:
        if self._edit.text() != str(seed):
            self._edit.setText(str(seed))
            self._edit.setCursorPosition(0)

    def _show_lock(self, keep: bool) -> None:
        with QSignalBlocker(self._lock):
            self._lock.setChecked(keep)
        self._lock.setIcon(icon("lock" if keep else "lock-open"))
        self._lock.setToolTip(
            "The seed stays for the next pictures" if keep else "Every picture gets a new seed"
        )

    def _on_text_edited(self, text: str) -> None:
        if self._edit.hasAcceptableInput():
            self._draft.keep_seed = True
            self._draft.seed = int(text)

    def _on_editing_finished(self) -> None:
        self._show_seed(self._draft.seed)

    def _on_dice_clicked(self) -> None:
        self._draft.roll_seed()

    def _on_lock_toggled(self, keep: bool) -> None:
        self._draft.keep_seed = keep

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        step = {Qt.Key.Key_Up: 1, Qt.Key.Key_Down: -1}.get(Qt.Key(event.key()))
        if step is None:
            super().keyPressEvent(event)
            return
        if event.modifiers() & Qt.KeyboardModifier.ShiftModifier:
            step *= 10
        self._draft.keep_seed = True
        self._draft.seed = min(max(0, self._draft.seed + step), HIGHEST_SEED)
