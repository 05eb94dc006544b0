"""What the diffusion method shows the model beside the words, and what is missing for that."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QPushButton, QVBoxLayout, QWidget

from studio.document.restyling import USUAL_KEPT, USUAL_SEEN
from studio.domain.addons import AddonInfo
from studio.domain.model import FAMILY_TITLES
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_menu import choice_menu, menu_row
from studio.ui.controls.fields import plain_tooltip, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.session import Session
from studio.ui.session.styling.style_guiding import StyleGuiding

NOTHING: Final = "Nothing: words only"


class DiffusionDetails(QWidget):
    """Two pairs of a slider and a menu: how much counts, and through which addon. A pair of which
    there is no addon takes no room; a sentence says what to install instead."""

    downloads_wanted = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._guiding = session.restyling.guiding
        self.adapter = choice_menu()
        self._adapter_row = menu_row("Seen by", self.adapter)
        self.seen = NumberControl(
            "Picture", 0, 100, big_step=10, default=round(USUAL_SEEN * 100), unit="%", parent=self,
            tip="How much the model takes from the style pictures; at 0 it doesn't see them",
        )  # fmt: skip
        self.structure = choice_menu()
        self._structure_row = menu_row("Kept by", self.structure)
        self.kept = NumberControl(
            "Structure", 0, 100, big_step=10, default=round(USUAL_KEPT * 100), unit="%",
            tip="Keep structure: how closely it keeps to the picture's shapes; at 0 not at all",
            parent=self,
        )  # fmt: skip
        self.kept.setAccessibleName("Keep structure")
        self.missing = sentence_label("small")
        self.downloads = QPushButton("Downloads…", self)
        self.downloads.setToolTip("Open the models window's downloads")
        theme.set_role(self.downloads, "queue")

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        for part in (self.seen, self._adapter_row, self.kept, self._structure_row, self.missing):
            layout.addWidget(part)
        layout.addWidget(self.downloads, 0, Qt.AlignmentFlag.AlignLeft)

        self.adapter.activated.connect(self._on_adapter_chosen)
        self.structure.activated.connect(self._on_structure_chosen)
        self.seen.value_changed.connect(lambda percent: self._guiding.set_seen(percent / 100))
        self.kept.value_changed.connect(lambda percent: self._guiding.set_kept(percent / 100))
        self.downloads.clicked.connect(self.downloads_wanted)
        self._bindings = Bindings(self)
        self._bindings.add(self._guiding.changed, self._show)
        self._show()

    def _show(self) -> None:
        guiding = self._guiding
        adapters, structures = guiding.adapters(), guiding.structures()
        _fill(self.adapter, adapters, guiding.adapter, NOTHING)
        _fill(self.structure, structures, guiding.structure)
        self._adapter_row.setVisible(bool(adapters))
        self.seen.setVisible(guiding.adapter is not None)
        self.seen.set_value(round(guiding.seen * 100))
        for part in (self.kept, self._structure_row):
            part.setVisible(bool(structures))
        self.kept.set_value(round(guiding.kept * 100))
        self.structure.setEnabled(guiding.kept > 0)
        missing = _missing(guiding)
        say(self.missing, missing)
        self.downloads.setVisible(bool(missing))

    # Slots

    def _on_adapter_chosen(self, index: int) -> None:
        adapters = self._guiding.adapters()
        self._guiding.want_adapter(adapters[index].name if index < len(adapters) else "")

    def _on_structure_chosen(self, index: int) -> None:
        self._guiding.want_structure(self._guiding.structures()[index].name)


def _missing(guiding: StyleGuiding) -> str:
    """What to install so that the model sees more than words; empty when nothing is missing."""
    family = FAMILY_TITLES.get(guiding.model.family, guiding.model.family)
    has_adapter, has_structure = bool(guiding.adapters()), bool(guiding.structures())
    adapter = guiding.adapter
    if adapter is not None and not guiding.has_eyes:
        return f"“{adapter.title}” sees nothing without an image encoder: install one."
    if has_adapter and has_structure:
        return ""
    if not guiding.takes_any:
        if has_adapter or has_structure:
            return ""
        return (
            f"“{guiding.model.title}” takes the style from words only. To show style pictures, "
            "install a Stable Diffusion 1 or XL model and an IP-Adapter for it."
        )
    if has_adapter:
        return (
            f"To keep the picture's structure, install a ControlNet for {family} that looks at "
            "edges or tiles."
        )
    to_see = f"To take the style from a picture, install an IP-Adapter for {family}"
    if has_structure:
        return f"{to_see} and an image encoder."
    return f"{to_see} and an image encoder; to keep structure, a ControlNet for edges or tiles."


def _fill(
    menu: QComboBox, infos: Sequence[AddonInfo], chosen: AddonInfo | None, other: str = ""
) -> None:
    """Show `infos` by their titles, then `other`, which is chosen if none of them is."""
    if [menu.itemData(index) for index in range(menu.count())] != [
        *(info.name for info in infos),
        *([""] if other else ()),
    ]:
        menu.clear()
        for info in infos:
            menu.addItem(info.title, info.name)
            tip = plain_tooltip(str(info.path))
            menu.setItemData(menu.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        if other:
            menu.addItem(other, "")
    menu.setCurrentIndex(len(infos) if chosen is None else list(infos).index(chosen))
    menu.setToolTip("" if chosen is None else plain_tooltip(chosen.title))
