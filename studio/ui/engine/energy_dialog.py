"""What the pictures took: energy and estimated CO2, by day and by model."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtCore import QEvent, Qt
from PySide6.QtWidgets import QDialog, QFileDialog, QPushButton, QVBoxLayout, QWidget

from studio.domain.making import energy_in_words
from studio.domain.placement import MOST_G_PER_KWH, WORLD_G_PER_KWH
from studio.library import Picture
from studio.library.index.energies import EnergyBy, EnergyTotal
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.fields import plain_label, row, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.engine.totals_view import TotalsView, co2_in_words
from studio.ui.session import Session

_SIZE: Final = (520, 560)
_TITLES: Final = {EnergyBy.DAY: "Day", EnergyBy.MODEL: "Model"}
_CHOICES: Final = {
    EnergyBy.DAY: ("By day", "What the pictures of each day took, the newest first"),
    EnergyBy.MODEL: ("By model", "What the pictures of each model took, the most first"),
}
_SOURCE: Final = (
    f"The world's average of 2024 is {WORLD_G_PER_KWH:.0f} g/kWh (Ember, Global Electricity Review "
    "2025). Your supplier or grid operator tells yours. It counts from the next picture on; the "
    "others keep what they were estimated with."
)
_NAME: Final = "pentimento energy.csv"


class EnergyDialog(QDialog):
    """Not modal: `show()` it and work on. It is deleted when it is closed."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle("Energy")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self._session = session
        self.whole = plain_label("", "title")
        self.unmeasured = sentence_label("quiet")
        self.by = ChoiceRow("Totals", _CHOICES)
        self.by.set_value(EnergyBy.DAY)
        self.by.chosen.connect(lambda _by: self._show())
        self.totals = TotalsView()
        self.grid = NumberControl(
            "Grid",
            0,
            MOST_G_PER_KWH,
            slider_high=1000,
            step=10,
            big_step=50,
            fine_step=1,
            default=WORLD_G_PER_KWH,
            tip="Grams of CO₂ for a kilowatt-hour of your electricity; a double click goes back to "
            "the world's average",
        )
        self.grid.set_value(session.models.marks.wishes.grid_g_per_kwh)
        self.grid.value_changed.connect(session.models.set_grid)
        self._source = plain_label(_SOURCE, "small")
        self._source.setWordWrap(True)
        self.export = QPushButton("Export as CSV…")
        self.export.clicked.connect(self._on_export)
        self._close = QPushButton("Close")
        self._close.setDefault(True)
        self._close.clicked.connect(self.close)
        self._lay_out()
        self._bindings = Bindings(self)
        self._bindings.add(session.energy_use.changed, self._show)
        self._bindings.add(session.library.recorded, self._on_recorded)
        self._show()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XL] * 4)
        layout.setSpacing(theme.SPACE_M)
        layout.addWidget(self.whole)
        layout.addWidget(self.unmeasured)
        layout.addWidget(self.by)
        layout.addWidget(self.totals, 1)
        unit = row(self.grid, plain_label("g CO₂/kWh", "quiet"))
        unit.setStretch(0, 1)
        layout.addLayout(unit)
        layout.addWidget(self._source)
        buttons = row(self.export, self._close)
        buttons.insertStretch(0, 1)
        layout.addLayout(buttons)
        self.resize(*_SIZE)

    def _show(self) -> None:
        report = self._session.energy_use.report
        self.export.setEnabled(report is not None)
        if report is None:
            say(self.unmeasured, "")
            return
        by = EnergyBy(self.by.value())
        self.whole.setText(whole_in_words(report.whole))
        say(self.unmeasured, unmeasured_in_words(report.whole))
        self.totals.show_totals(_TITLES[by], report.of(by))

    def _on_export(self) -> None:
        dialog = QFileDialog(self, "Export the energy of your pictures")
        dialog.setAcceptMode(QFileDialog.AcceptMode.AcceptSave)
        dialog.setNameFilter("CSV (*.csv)")
        dialog.setDefaultSuffix("csv")
        dialog.setDirectory(str(self._session.library.folder))
        dialog.selectFile(_NAME)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(lambda path: self._session.energy_use.export(Path(path)))
        dialog.open()

    def _on_recorded(self, _picture: Picture) -> None:
        self._session.energy_use.refresh()

    def changeEvent(self, event: QEvent) -> None:  # noqa: N802 - Qt's name
        super().changeEvent(event)
        # Pictures may have come while another window was in front.
        if event.type() is QEvent.Type.ActivationChange and self.isActiveWindow():
            self._session.energy_use.refresh()


def whole_in_words(whole: EnergyTotal) -> str:
    """All that was measured, in a line."""
    if not whole.measured:
        return "No picture was measured"
    return f"{energy_in_words(whole.energy_j)}, about {co2_in_words(whole.co2_g)} CO₂"


def unmeasured_in_words(whole: EnergyTotal) -> str:
    """How many pictures the totals are of, and why others are missing."""
    pictures = "1 picture" if whole.pictures == 1 else f"{whole.pictures:,} pictures"
    missing = whole.pictures - whole.measured
    if not whole.pictures:
        return "There are no pictures yet."
    if not missing:
        return f"For {pictures}."
    why = "That is so of older ones, and where nothing on the machine tells its power."
    if not whole.measured:
        return f"The energy of {pictures} isn't known. {why}"
    return f"For {whole.measured:,} of {pictures}. The energy of {missing:,} isn't known. {why}"
