"""A popup in which one of the LoRAs on this disk is looked for and chosen."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import QPoint, QSize
from PySide6.QtWidgets import QWidget

from studio.domain.addons import AddonInfo
from studio.domain.fit import amount
from studio.ui.controls.fields import plain_tooltip
from studio.ui.controls.search_popup import SearchPopup

_SIZE: Final = QSize(300, 320)


class AddonPicker(SearchPopup):
    """Offers LoRAs by the words of their names."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, "LoRAs on this disk", "Search LoRAs", "LoRAs", _SIZE)
        self._addons: tuple[AddonInfo, ...] = ()
        self._words.setToolTip("Words of the name; arrow keys and Enter choose one")
        self._words.textChanged.connect(self._fill)

    def open_at(self, place: QPoint, addons: Sequence[AddonInfo]) -> None:
        """Show `addons` below a place of the screen."""
        self._addons = tuple(addons)
        self._place(place)
        self._fill()
        self.show()
        self._words.setFocus()

    def names(self) -> list[str]:
        """What is listed."""
        return [self._list.item(row).text() for row in range(self._list.count())]

    def _fill(self) -> None:
        words = self._words.text().lower().split()
        self._list.clear()
        for addon in self._addons:
            told = f"{addon.title} {addon.name} {' '.join(addon.trigger_words)}".lower()
            if all(word in told for word in words):
                self._add(addon.title, addon, _describe(addon))
        self._show_found(
            "No LoRA has these words."
            if self._addons
            else "No LoRA for this model is on this disk. Drop its file into the models window."
        )


def _describe(addon: AddonInfo) -> str:
    lines = [addon.title, amount(addon.size_bytes) if addon.size_bytes else ""]
    if addon.trigger_words:
        lines.append(f"Words for the prompt: {', '.join(addon.trigger_words)}")
    return plain_tooltip("\n".join(filter(None, lines)))
