"""Contact sheets leave the studio as files."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from pathlib import Path

from studio.library import Picture
from studio.library.sheets.contact_sheet import ContactSheet
from studio.library.sheets.contact_sheet_export import SheetFormat, export_contact_sheet
from studio.ui.session.background import Background
from studio.ui.session.long_tasks import Cancelled, LongTasks
from studio.ui.session.messages import Messages, Notice


class ContactSheets:
    """Lays chosen pictures out on pages."""

    def __init__(self, messages: Messages, background: Background, tasks: LongTasks) -> None:
        self._messages = messages
        self._background = background
        self._tasks = tasks

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
        self._background.complete(self._export, tuple(pictures), sheet, path, format, overwrite)

    async def _export(
        self,
        pictures: tuple[Picture, ...],
        sheet: ContactSheet,
        path: Path,
        sheet_format: SheetFormat,
        overwrite: bool,
    ) -> None:
        with self._tasks.begun(f"Exporting “{path.name}”", is_saving=True) as task:
            try:
                made = await asyncio.to_thread(
                    export_contact_sheet,
                    pictures,
                    sheet,
                    path,
                    format=sheet_format,
                    overwrite=overwrite,
                    advance=task.advance,
                )
            except Cancelled:
                return
        names = f"“{made[0].name}”" if len(made) == 1 else f"{len(made)} pages"
        where = "" if len(made) == 1 else f" in “{path.parent.name}”"
        self._messages.notice.emit(Notice(f"Saved {names}{where}.", is_error=False))
