"""The LoRAs of the next picture, from the prompt and beside it, in one list."""

from __future__ import annotations

from functools import partial

from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.domain.addons import AddonInfo, AddonKind
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.icons import icon
from studio.ui.prompt.addon_picker import AddonPicker
from studio.ui.prompt.lora_row import LoraRow
from studio.ui.session import Session
from studio.ui.session.drafting.model_changes import LoraEntry


class LoraList(QWidget):
    """Bound to the draft both ways; a tag in the prompt is a row like any other."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._changes = session.model_changes
        self._entries: tuple[LoraEntry, ...] = ()
        self._rows: list[LoraRow] = []
        self._add = QPushButton(icon("plus"), "Add LoRA…")
        self._add.setToolTip("Choose a LoRA on this disk that goes with the model")
        self._picker = AddonPicker(self)
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_S)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(self._column)
        layout.addWidget(self._add)

        self._add.clicked.connect(self._on_add_clicked)
        self._picker.chosen.connect(self._on_chosen)
        events = session.draft.events
        self._bindings = Bindings(self)
        for signal in (events.loras, events.prompt, events.negative_prompt, events.model):
            self._bindings.add(signal, self._show)
        self._bindings.add(session.models.changed, self._show)
        self._show()

    @property
    def rows(self) -> list[LoraRow]:
        return self._rows

    @property
    def picker(self) -> AddonPicker:
        return self._picker

    def _show(self) -> None:
        entries = self._changes.loras()
        if [_what(entry) for entry in entries] != [_what(entry) for entry in self._entries]:
            self._build(entries)
        self._entries = entries
        for row, entry in zip(self._rows, entries, strict=True):
            row.show_entry(entry, self._changes.trouble(entry))
        self._add.setEnabled(not self._changes.is_full)

    def _build(self, entries: tuple[LoraEntry, ...]) -> None:
        for row in self._rows:
            self._column.removeWidget(row)
            row.hide()
            row.deleteLater()
        self._rows = []
        for number, entry in enumerate(entries):
            row = LoraRow(entry, self._changes.trouble(entry))
            row.weighed.connect(partial(self._on_weighed, number))
            row.text_weighed.connect(partial(self._on_text_weighed, number))
            row.removed.connect(partial(self._on_removed, number))
            row.word_chosen.connect(self._session.models.add_words)
            self._column.addWidget(row)
            self._rows.append(row)

    def _on_weighed(self, number: int, weight: float) -> None:
        self._changes.weigh(self._entries[number], weight)

    def _on_text_weighed(self, number: int, strength: float | None) -> None:
        self._changes.weigh_text(self._entries[number], strength)

    def _on_removed(self, number: int) -> None:
        self._changes.remove(self._entries[number])

    def _on_add_clicked(self) -> None:
        corner = self._add.mapToGlobal(self._add.rect().bottomLeft())
        self._picker.open_at(corner, self._changes.available(AddonKind.LORA))

    def _on_chosen(self, addon: AddonInfo) -> None:
        self._changes.add(addon)


def _what(entry: LoraEntry) -> tuple[object, ...]:
    """What a row is of; its weight may change."""
    return entry.place, entry.use.name, entry.info
