"""What stands above the list of models: search, kind, family, favourites, rows or cards."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QComboBox, QHBoxLayout, QWidget

from studio.domain.model import FAMILY_TITLES
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.fields import keep_narrow
from studio.ui.controls.tool_button import tool_button
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.icons import icon
from studio.ui.models.entries import KIND_TITLES, Wish, families, kinds
from studio.ui.models.search_field import SearchField
from studio.ui.session import Session

ROWS, CARDS = "rows", "cards"


class FilterBar(QWidget):
    """`wished` carries what to list, `view_chosen` `ROWS` or `CARDS`. Down or Enter in the search
    is `left`: the list is next."""

    wished = Signal(Wish)
    view_chosen = Signal(str)
    left = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.search = SearchField("Search models")
        self.search.setToolTip("Words of the title, family, licence or trigger words (Ctrl+F)")
        self.kind = _box("Kind", "Which kind of file to list")
        self.family = _box("Family", "For which family of models")
        self.favourites = tool_button("star", "Only favourites")
        self.favourites.setCheckable(True)
        self.view = ChoiceRow(
            "Show models as",
            {
                ROWS: ("Rows", "A row for each, which tells more"),
                CARDS: ("Cards", "A card for each, with a larger picture"),
            },
        )
        self.view.set_value(ROWS)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addWidget(self.search, 3)
        layout.addWidget(self.kind, 1)
        layout.addWidget(self.family, 2)
        layout.addWidget(self.favourites)
        layout.addWidget(self.view)

        self.search.textChanged.connect(self._tell)
        self.search.left.connect(self.left)
        self.kind.activated.connect(self._tell)
        self.family.activated.connect(self._tell)
        self.favourites.toggled.connect(self._on_favourites_toggled)
        self.view.chosen.connect(self.view_chosen)
        self._bindings = Bindings(self)
        self._bindings.add(session.models.changed, self._fill)
        self._fill()

    def wish(self) -> Wish:
        """What is wished for now."""
        return Wish(
            words=self.search.text(),
            kind=self.kind.currentData() or "",
            family=self.family.currentData() or "",
            favourites_only=self.favourites.isChecked(),
        )

    def _fill(self) -> None:
        """Offer the kinds and families that there are; what is chosen stays chosen."""
        infos = self._session.models.all()
        _refill(self.kind, "All kinds", {kind: KIND_TITLES[kind] for kind in kinds(infos)})
        titles = {family: FAMILY_TITLES.get(family, family) for family in families(infos)}
        _refill(self.family, "All families", titles)
        self._tell()

    def _tell(self) -> None:
        self.wished.emit(self.wish())

    def _on_favourites_toggled(self, on: bool) -> None:
        self.favourites.setIcon(icon("star-filled" if on else "star"))
        self._tell()


def _box(name: str, tip: str) -> QComboBox:
    box = QComboBox()
    box.setAccessibleName(name)
    box.setToolTip(tip)
    keep_narrow(box)
    wheel_needs_focus(box)
    return box


def _refill(box: QComboBox, all_of_them: str, titles: dict[str, str]) -> None:
    chosen = box.currentData() or ""
    with QSignalBlocker(box):
        box.clear()
        box.addItem(all_of_them, "")
        for value, title in titles.items():
            box.addItem(title, value)
        box.setCurrentIndex(max(0, box.findData(chosen)))
