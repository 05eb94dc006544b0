"""A contact sheet of chosen pictures: how it is laid out, seen while it is chosen, then where."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

from PySide6.QtCore import Qt, QTimer
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QHBoxLayout,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import UsageError
from studio.domain.geometry import Size
from studio.library import Library, Picture, safe_name
from studio.library.sheets.contact_sheet import (
    MAX_MARGIN_MM,
    MAX_TITLE_CHARS,
    MOST_COLUMNS,
    Background,
    Caption,
    ContactSheet,
    Paper,
    arranged,
)
from studio.library.sheets.contact_sheet_export import SheetFormat
from studio.ui import theme
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.fields import field_label, field_row, plain_label, row
from studio.ui.controls.number_control import NumberControl
from studio.ui.dialogs.save_path import ask_save_path
from studio.ui.dialogs.sheet_preview import SheetPreview

_CONTROLS_WIDTH: Final = 320
_CALM_MS: Final = 120
_DPI: Final = {150: "150 dpi  small file", 200: "200 dpi", 300: "300 dpi  for printing"}
_FORMATS: Final = {
    SheetFormat.PDF: ("PDF", "All pages in one file"),
    SheetFormat.PNG: ("PNG", "A picture for each page"),
}
_BACKGROUNDS: Final = {
    Background.WHITE: ("White", "White paper"),
    Background.GREY: ("Grey", "Middle grey, on which colours are judged best"),
    Background.BLACK: ("Black", "Black paper"),
}
_CAPTIONS: Final = {Caption.PROMPT: "Prompt", Caption.SEED: "Seed", Caption.SETTINGS: "Settings"}


class ContactSheetDialog(QDialog):
    """Columns, paper, captions, title, margin and colour, beside a preview of the first page. Not
    modal: `show()` it."""

    def __init__(
        self,
        library: Library,
        pictures: Sequence[Picture],
        sheet: ContactSheet,
        sheet_format: SheetFormat,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Contact sheet")
        self._sizes = [Size(picture.width, picture.height) for picture in pictures]
        self._title = QLineEdit(sheet.title)
        self._title.setMaxLength(MAX_TITLE_CHARS)
        self._title.setPlaceholderText("None")
        self._columns = NumberControl("Columns", 1, MOST_COLUMNS, big_step=2, default=4)
        self._columns.set_value(sheet.columns)
        self._margin = NumberControl("Margin", 0, MAX_MARGIN_MM, big_step=5, default=12, unit="mm")
        self._margin.set_value(sheet.margin_mm)
        self._paper = _menu({paper: str(paper) for paper in Paper}, sheet.paper)
        self._dpi = _menu(_DPI, sheet.dpi)
        self._captions = {}
        for caption, name in _CAPTIONS.items():
            self._captions[caption] = QCheckBox(name)
            self._captions[caption].setChecked(caption in sheet.captions)
        self._background = ChoiceRow("Background", _BACKGROUNDS)
        self._background.set_value(sheet.background)
        self._format = ChoiceRow("Format", _FORMATS)
        self._format.set_value(sheet_format)
        self._preview = SheetPreview(library, pictures)
        self._says = plain_label(role="quiet")
        self._says.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._foot = DialogFoot(self, "Choose where…")
        self._lay_out()

        # A slider being dragged asks for more previews than can be drawn.
        self._calm = QTimer(self, singleShot=True, interval=_CALM_MS)
        self._calm.timeout.connect(self._show_preview)
        for changed in (
            self._title.textChanged,
            self._columns.value_changed,
            self._margin.value_changed,
            self._paper.currentIndexChanged,
            self._dpi.currentIndexChanged,
            self._background.chosen,
            *(box.toggled for box in self._captions.values()),
        ):
            changed.connect(self._calm.start)
        self._show_preview()

    @property
    def sheet(self) -> ContactSheet:
        """What is chosen now."""
        return ContactSheet(
            columns=round(self._columns.value()),
            paper=Paper(self._paper.currentData()),
            captions=frozenset(
                caption for caption, box in self._captions.items() if box.isChecked()
            ),
            title=self._title.text(),
            margin_mm=self._margin.value(),
            background=Background(self._background.value()),
            dpi=int(self._dpi.currentData()),
        )

    @property
    def format(self) -> SheetFormat:
        return SheetFormat(self._format.value())

    @property
    def says(self) -> str:
        """How many pages it becomes, or why it can't be."""
        return self._says.text()

    def _lay_out(self) -> None:
        controls = QVBoxLayout()
        controls.setSpacing(theme.SPACE_S)
        for name, control in (
            ("Title", self._title),
            ("Paper", self._paper),
            ("Print at", self._dpi),
        ):
            controls.addLayout(field_row(name, control))
        controls.addWidget(self._columns)
        controls.addWidget(self._margin)
        captions = row(field_label("Captions", self._captions[Caption.PROMPT]))
        for box in self._captions.values():
            captions.addWidget(box)
        captions.addStretch(1)
        controls.addLayout(captions)
        for name, choice in (("Colour", self._background), ("Format", self._format)):
            controls.addLayout(field_row(name, choice))
        controls.addStretch(1)
        controls.addLayout(self._foot)
        # In the dialog before its buttons come: Cancel would be the default else.
        left = QWidget(self)
        left.setFixedWidth(_CONTROLS_WIDTH)
        left.setLayout(controls)
        controls.setContentsMargins(0, 0, 0, 0)
        right = QVBoxLayout()
        right.setSpacing(theme.SPACE_S)
        right.addWidget(self._preview, 1)
        right.addWidget(self._says)
        layout = QHBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_L] * 4)
        layout.setSpacing(theme.SPACE_XL)
        layout.addWidget(left)
        layout.addLayout(right, 1)

    def _show_preview(self) -> None:
        sheet = self.sheet
        try:
            pages = len(arranged(self._sizes, sheet))
        except UsageError as error:
            self._says.setText(error.sentence)
            self._foot.primary.setEnabled(False)
            return
        self._foot.primary.setEnabled(True)
        count = len(self._sizes)
        pictures = "1 picture" if count == 1 else f"{count} pictures"
        of_pages = "1 page" if pages == 1 else f"{pages} pages"
        self._says.setText(f"{pictures} on {of_pages} of {sheet.page} px")
        self._preview.show_sheet(sheet)


def ask_where(
    parent: QWidget | None, name: str, sheet_format: SheetFormat, folder: Path
) -> tuple[Path, bool] | None:
    """Ask for the file of a contact sheet; with it comes whether replacing one that is there was
    agreed to. None when the artist backs out.

    Args:
        name: what is proposed, without a suffix.
    """
    suggested = folder / f"{safe_name(name)}{sheet_format.suffix}"
    kinds = f"{sheet_format} (*{sheet_format.suffix})"
    path = ask_save_path(parent, "Save the contact sheet", suggested, kinds)
    if path is None:
        return None
    if path.suffix.lower() == sheet_format.suffix:
        return path, True
    # The file dialog asked about the name as it was typed, not about the one we make of it.
    return path.with_name(path.name + sheet_format.suffix), False


def _menu(choices: Mapping[Any, str], chosen: object) -> QComboBox:
    box = QComboBox()
    for value, text in choices.items():
        box.addItem(text, value)
    box.setCurrentIndex(max(0, box.findData(chosen)))
    return box
