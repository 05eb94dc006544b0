"""Contact sheets leave the studio as files."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.library import Picture
from studio.library.sheets.contact_sheet import ContactSheet
from studio.library.sheets.contact_sheet_export import SheetFormat, export_contact_sheet
from studio.ui.session.long_tasks import LongTask
from studio.ui.session.pictures.exporting import Exporting


class ContactSheets:
    """Lays chosen pictures out on pages."""

    def __init__(self, exporting: Exporting) -> None:
        self._exporting = exporting

    def export(
        self,
        pictures: Sequence[Picture],
        sheet: ContactSheet,
        path: Path,
        *,
        format: SheetFormat,  # noqa: A002 (what people call it)
        overwrite: bool,
    ) -> None:
        """Write a contact sheet, as `export_contact_sheet` does, with progress and a way out."""
        chosen = tuple(pictures)

        def write(task: LongTask) -> Sequence[Path]:
            return export_contact_sheet(
                chosen, sheet, path, format=format, overwrite=overwrite, advance=task.advance
            )

        self._exporting.begin(path, write)
