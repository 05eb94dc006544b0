"""One LoRA of the next picture: its name, how much of it, its words for the prompt."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.domain.adapters import MAX_LORA_WEIGHT
from studio.ui import theme
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import plain_label, plain_tooltip, row, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.tool_button import tool_button
from studio.ui.session.drafting.model_changes import LoraEntry

_MOST_WORDS: Final = 4
_SLIDER: Final = 2.0


class LoraRow(QWidget):
    """Shows an entry; what a person does with it is announced."""

    weighed = Signal(float)
    text_weighed = Signal(object)  # a number, or None for the same as the weight
    removed = Signal()
    word_chosen = Signal(str)

    def __init__(self, entry: LoraEntry, trouble: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        title = entry.use.name if entry.info is None else entry.info.title
        name = ElidedLabel(title)
        where = plain_label("in the prompt", "small")
        where.setVisible(entry.is_tag)
        where.setToolTip("Written in the prompt as a <lora:…> tag; the slider writes there")
        remove = tool_button("x", f"Take {title} away")
        remove.setFixedSize(theme.HIT_SIZE, theme.HIT_SIZE)
        self._apart = tool_button("sliders-horizontal", f"Weigh {title} apart for the prompt")
        self._apart.setFixedSize(theme.HIT_SIZE, theme.HIT_SIZE)
        self._apart.setCheckable(True)
        head = row(name, where, self._apart, remove)
        head.setStretch(0, 1)
        self._weight = _number(
            "Weight", f"How much of {title}: 1 as its maker meant it, below 0 its opposite"
        )
        self._weight.spin_box.setAccessibleName(f"Weight of {title}")
        self._text = _number(
            "Prompt", f"How much of {title} the prompt's reader gets, apart from the rest"
        )
        self._text.spin_box.setAccessibleName(f"Prompt strength of {title}")
        self._trouble = sentence_label("error")
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(head)
        column.addWidget(self._weight)
        column.addWidget(self._text)
        column.addWidget(self._trouble)
        if entry.info is not None and entry.info.trigger_words:
            column.addLayout(self._chips(entry.info.trigger_words))

        self._weight.value_changed.connect(self.weighed)
        self._text.value_changed.connect(self.text_weighed.emit)
        self._apart.toggled.connect(self._on_apart_toggled)
        remove.clicked.connect(self.removed)
        self.show_entry(entry, trouble)

    def show_entry(self, entry: LoraEntry, trouble: str) -> None:
        """Show other weights of the same LoRA."""
        apart = entry.use.text_strength is not None
        self._weight.set_value(entry.use.weight)
        with QSignalBlocker(self._apart):
            self._apart.setChecked(apart)
        self._text.setVisible(apart)
        self._text.set_value(entry.use.text_weight)
        say(self._trouble, trouble)

    def _on_apart_toggled(self, apart: bool) -> None:
        self.text_weighed.emit(self._weight.value() if apart else None)

    def _chips(self, words: tuple[str, ...]) -> QVBoxLayout:
        column = QVBoxLayout()
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        for word in words[:_MOST_WORDS]:
            chip = QPushButton(_short(word))
            theme.set_role(chip, "link")
            chip.setAccessibleName(f"Put “{word}” into the prompt")
            chip.setToolTip(plain_tooltip(f"Put “{word}” into the prompt"))
            chip.clicked.connect(partial(self.word_chosen.emit, word))
            column.addWidget(chip)
        return column


def _number(label: str, tip: str) -> NumberControl:
    return NumberControl(
        label,
        -MAX_LORA_WEIGHT,
        MAX_LORA_WEIGHT,
        step=0.05,
        big_step=0.25,
        fine_step=0.01,
        slider_low=-_SLIDER,
        slider_high=_SLIDER,
        decimals=2,
        default=1.0,
        tip=plain_tooltip(tip),
    )


def _short(word: str) -> str:
    shown = word if len(word) <= 32 else f"{word[:31]}…"
    return "+ " + shown.replace("&", "&&")
