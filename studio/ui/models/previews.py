"""Preview pictures of models: what lies beside them, opened away from the window's thread."""

from __future__ import annotations

import asyncio
from collections import OrderedDict
from pathlib import Path
from typing import Final

import numpy as np
from PIL import Image, ImageOps
from PySide6.QtCore import QObject, Signal
from PySide6.QtGui import QPixmap

from studio.domain.errors import StudioError
from studio.domain.events import Pixels
from studio.library import read_picture
from studio.ui.canvas import as_qimage
from studio.ui.controls.tasks import Tasks
from studio.ui.history.pixmaps import Pixmaps
from studio.ui.session.models.model_files import ModelFiles
from studio.ui.session.models.model_marks import Info

SIDE_PX: Final = 320
AT_ONCE: Final = 2
MOST_WANTED: Final = 200
MOST_KEPT_BYTES: Final = 96 * 2**20


class Previews(QObject):
    """`get` never waits; `arrived` says that there is more to show."""

    arrived = Signal()

    def __init__(self, files: ModelFiles, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._files = files
        self._kept: Pixmaps[Path] = Pixmaps(MOST_KEPT_BYTES)
        self._without: set[Path] = set()
        self._wanted: OrderedDict[Path, Info] = OrderedDict()
        self._under_way: set[Path] = set()
        self._tasks = Tasks(self)

    def is_busy(self) -> bool:
        """Whether anything is still to arrive."""
        return bool(self._tasks)

    def get(self, info: Info) -> QPixmap | None:
        """A square of `SIDE_PX` device pixels if it is here, else None, and it will come; a null
        pixmap where there is none."""
        if info.path in self._without:
            return QPixmap()
        kept = self._kept.get(info.path)
        if kept is None and info.path not in self._under_way:
            # What is looked at now comes first; who scrolls by doesn't wait for all that went past.
            self._wanted[info.path] = info
            self._wanted.move_to_end(info.path)
            while len(self._wanted) > MOST_WANTED:
                self._wanted.popitem(last=False)
            self._fetch()
        return kept

    def look_again(self) -> None:
        """Pictures may lie now beside models that had none."""
        self._without.clear()
        self.arrived.emit()

    def _fetch(self) -> None:
        while self._wanted and len(self._under_way) < AT_ONCE:
            path, info = self._wanted.popitem()
            self._under_way.add(path)
            self._tasks.start(self._load(info))

    async def _load(self, info: Info) -> None:
        try:
            card = await self._files.card(info)
            pixels = None
            if card.thumbnail is not None:
                pixels = await asyncio.to_thread(_square, card.thumbnail)
        except StudioError:
            pixels = None
        finally:
            self._under_way.discard(info.path)
        if pixels is None:
            self._without.add(info.path)
        else:
            self._kept.put(info.path, QPixmap.fromImage(as_qimage(pixels)))
        self.arrived.emit()
        self._fetch()


def _square(path: Path) -> Pixels:
    picture = Image.fromarray(read_picture(path))
    # Faces stand in the upper part of a portrait.
    fitted = ImageOps.fit(
        picture, (SIDE_PX, SIDE_PX), Image.Resampling.LANCZOS, centering=(0.5, 0.25)
    )
    return np.asarray(fitted)
