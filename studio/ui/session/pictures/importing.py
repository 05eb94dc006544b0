"""Pictures of any origin come into the history."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial
from pathlib import Path

from studio.library import Library
from studio.library.importing import ImportReport
from studio.ui.session.background import Background
from studio.ui.session.long_tasks import Cancelled, LongTask, LongTasks
from studio.ui.session.messages import Messages, Notice


class Importing:
    """Copies picture files and folders of them into the history, beside everything else."""

    def __init__(
        self, library: Library, messages: Messages, background: Background, tasks: LongTasks
    ) -> None:
        self._library = library
        self._messages = messages
        self._background = background
        self._tasks = tasks

    def add(self, paths: Sequence[Path]) -> None:
        """Import files, and all that lies in folders; when it is cancelled, what is in stays."""
        if paths:
            self._background.start(self._add, tuple(paths))

    async def _add(self, paths: Sequence[Path]) -> None:
        what = f"“{paths[0].name}”" if len(paths) == 1 else f"{len(paths)} files"
        with self._tasks.begun(f"Importing {what}") as task:
            report = await self._library.import_files(paths, partial(_goes_on, task))
            is_whole = not task.is_cancelled
        self._messages.notice.emit(notice_of(report, is_whole=is_whole))


def notice_of(report: ImportReport, *, is_whole: bool = True) -> Notice:
    """What became of an import, in a sentence; the files that couldn't be read in the details."""
    came, were_there = len(report.pictures), len(report.duplicates)
    sentence = f"{_counted(came)} came into the history" if came else "No picture was new"
    if not came and not were_there:
        sentence = "No picture came into the history"
    if were_there and came:
        sentence += f", {were_there} {'was' if were_there == 1 else 'were'} there already"
    if not is_whole:
        sentence = f"The import was stopped: {sentence[0].lower()}{sentence[1:]}"
    refused = [f"{path}: {why}" for path, why in report.refused]
    remedy = f"{_counted(len(refused), 'file')} couldn't be read." if refused else ""
    return Notice(f"{sentence}.", remedy, "\n".join(refused), is_error=bool(refused))


def _goes_on(task: LongTask, read: int, total: int) -> bool:
    try:
        task.advance(read, total)
    except Cancelled:
        return False
    return True


def _counted(count: int, what: str = "picture") -> str:
    return f"1 {what}" if count == 1 else f"{count} {what}s"
