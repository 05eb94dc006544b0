"""Small squares of style pictures: opened away from the window's thread, and kept."""

from __future__ import annotations

import asyncio
from collections import deque
from pathlib import Path
from typing import Final

from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from studio.domain.errors import StudioError
from studio.library.style_shelf import StyleEntry, thumbnail
from studio.ui.canvas import as_qimage
from studio.ui.controls.tasks import Tasks

SIDE_PX: Final = 160
AT_ONCE: Final = 2


class StyleThumbnails(QObject):
    """`get` never waits; `arrived` says that there is more to show."""

    arrived = Signal()

    def __init__(self, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._kept: dict[Path, QPixmap] = {}
        self._wanted: deque[StyleEntry] = deque()
        self._asked: set[Path] = set()
        self._tasks = Tasks(self)

    def get(self, entry: StyleEntry) -> QPixmap | None:
        """The thumbnail if it is here, else None, and it will come; a null pixmap if it can't."""
        if entry.path not in self._asked:
            self._asked.add(entry.path)
            self._wanted.append(entry)
            self._fetch()
        return self._kept.get(entry.path)

    def keep_only(self, entries: tuple[StyleEntry, ...]) -> None:
        """Forget styles that are gone: another one may come in their place."""
        paths = {entry.path for entry in entries}
        self._kept = {path: kept for path, kept in self._kept.items() if path in paths}
        self._asked &= paths

    def _fetch(self) -> None:
        while self._wanted and len(self._tasks) < AT_ONCE:
            self._tasks.start(self._work())

    async def _work(self) -> None:
        while self._wanted:
            entry = self._wanted.popleft()
            try:
                pixels = await asyncio.to_thread(thumbnail, entry, SIDE_PX)
                self._kept[entry.path] = QPixmap.fromImage(as_qimage(pixels))
            except StudioError:
                self._kept[entry.path] = QPixmap()
            self.arrived.emit()
