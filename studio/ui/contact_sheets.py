"""What the menu does with chosen pictures: a contact sheet, laid out as the last time."""

from __future__ import annotations

import json
from collections.abc import Sequence
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from PySide6.QtCore import QStandardPaths, Qt

from studio.domain.errors import RequestError
from studio.library import Picture
from studio.library.sheets.contact_sheet import Background, Caption, ContactSheet, Paper
from studio.library.sheets.contact_sheet_export import SheetFormat
from studio.ui.dialogs.contact_sheet_dialog import ContactSheetDialog, ask_where
from studio.ui.session import Notice

if TYPE_CHECKING:
    from studio.ui.main_window import MainWindow


def export_chosen(window: MainWindow) -> None:
    """A contact sheet of the pictures that are selected in the history."""
    if window.history.selected():
        window.history.with_selected(partial(export_contact_sheet, window))
    else:
        export_contact_sheet(window, ())


def export_contact_sheet(window: MainWindow, pictures: Sequence[Picture]) -> None:
    """Ask how to lay out these pictures, and where to put the pages, then write them."""
    if not pictures:
        window.session.messages.notice.emit(
            Notice(
                "No pictures are chosen for a contact sheet.",
                "Choose them in the history, with Ctrl or Shift.",
                is_error=False,
            )
        )
        return
    sheet, sheet_format = sheet_from_json(window.settings.contact_sheet)
    dialog = ContactSheetDialog(window.session.library, pictures, sheet, sheet_format, window)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    window.closing.connect(dialog.reject)
    dialog.accepted.connect(lambda: _write(window, pictures, dialog.sheet, dialog.format))
    dialog.show()


def _write(
    window: MainWindow,
    pictures: Sequence[Picture],
    sheet: ContactSheet,
    sheet_format: SheetFormat,
) -> None:
    settings = window.settings
    settings.contact_sheet = sheet_to_json(sheet, sheet_format)
    place = QStandardPaths.StandardLocation.PicturesLocation
    folder = Path(settings.export_folder or QStandardPaths.writableLocation(place))
    chosen = ask_where(window, sheet.title or "contact sheet", sheet_format, folder)
    if chosen is None:
        return
    path, overwrite = chosen
    settings.export_folder = str(path.parent)
    window.session.contact_sheets.export(
        pictures, sheet, path, format=sheet_format, overwrite=overwrite
    )


def sheet_to_json(sheet: ContactSheet, sheet_format: SheetFormat) -> str:
    """What is remembered of a sheet: all but its title."""
    return json.dumps(
        {
            "columns": sheet.columns,
            "paper": sheet.paper,
            "captions": sorted(sheet.captions),
            "margin_mm": sheet.margin_mm,
            "background": sheet.background,
            "dpi": sheet.dpi,
            "format": sheet_format,
        }
    )


def sheet_from_json(record: str) -> tuple[ContactSheet, SheetFormat]:
    """What `sheet_to_json` wrote; the usual sheet for anything else."""
    try:
        values = json.loads(record)
        sheet = ContactSheet(
            columns=values["columns"],
            paper=Paper(values["paper"]),
            captions=frozenset(map(Caption, values["captions"])),
            margin_mm=values["margin_mm"],
            background=Background(values["background"]),
            dpi=values["dpi"],
        )
        return sheet, SheetFormat(values["format"])
    except (ValueError, TypeError, KeyError, RequestError):
        return ContactSheet(), SheetFormat.PDF
