"""Artworks as files: open, save, and put away what makes room for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Final
from weakref import WeakKeyDictionary

from studio.document import Content, Document, openraster, photoshop
from studio.domain.geometry import Size
from studio.library import Library, read_picture, safe_name
from studio.library.files.disk import Disk, storage_errors
from studio.ui.session.background import Background
from studio.ui.session.long_tasks import Cancelled, LongTask, LongTasks
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.painting.editing import Editing

FOLDER: Final = "Artworks"
_UNNAMED: Final = "Artwork"


class Artworks:
    """Opens and saves documents as OpenRaster. A changed document that another one replaces is put
    away as a file of its own, so nothing has to be asked and nothing is lost.

    One file is written after the other, each with the document as it is when its turn comes; what
    is painted while it is written isn't saved yet. `disk` is how files are written.
    """

    def __init__(
        self,
        library: Library,
        editing: Editing,
        messages: Messages,
        background: Background,
        tasks: LongTasks,
    ) -> None:
        self.disk = Disk()
        self._library = library
        self._editing = editing
        self._messages = messages
        self._background = background
        self._tasks = tasks
        self._turn = asyncio.Lock()
        self._waiting: set[tuple[Document, Path]] = set()
        self._kept: WeakKeyDictionary[Document, openraster.KeptBands] = WeakKeyDictionary()
        self._saving: set[Path] = set()
        editing.put_away = self.put_away

    @property
    def folder(self) -> Path:
        """Where artworks go that have no place of their own yet."""
        return self._library.folder / FOLDER

    def new(self, size: Size) -> None:
        """An empty artwork with one transparent layer."""
        self._editing.open(Document.blank(size))

    def open(self, path: Path) -> None:
        """Open an artwork, or a picture as the first layer of one."""
        self._background.start(self._open, path)

    def save(self, path: Path | None = None) -> None:
        """Save the artwork where it lies, or as `path`."""
        document = self._editing.document
        path = path or (None if document is None else document.path)
        if document is not None and path is not None:
            self._save_later(document, path)

    def export_layers(self, path: Path) -> None:
        """Write the artwork's layers as PSD; the artwork itself stays as saved as it was."""
        if self._editing.document is not None:
            self._background.complete(self._export_layers, self._editing.document.content, path)

    def put_away(self, document: Document) -> None:
        """Save a changed document that leaves the window, in its own file or a new one."""
        if document.is_modified:
            self._background.complete(self._put_away, document)

    async def _open(self, path: Path) -> None:
        with self._tasks.begun(f"Opening “{path.name}”") as task:
            try:
                if path.suffix.lower() == openraster.SUFFIX:
                    opened = await asyncio.to_thread(openraster.read, path, task.advance)
                else:
                    pixels = await asyncio.to_thread(partial(read_picture, path, keep_alpha=True))
                    task.check()
            except Cancelled:
                return
        if path.suffix.lower() != openraster.SUFFIX:
            self._editing.open_pixels(pixels, path.stem)
            return
        self._editing.open(Document(opened.content, path.stem, path))
        if opened.lost:
            self._messages.notice.emit(Notice(" ".join(opened.lost), is_error=False))

    def _save_later(self, document: Document, path: Path) -> None:
        # Of two that wait for the same, the first saves what the second would.
        if (document, path) not in self._waiting:
            self._waiting.add((document, path))
            self._background.complete(self._save, document, path)

    async def _save(self, document: Document, path: Path) -> None:
        async with self._turn:
            self._waiting.discard((document, path))
            try:
                await self._write_artwork(document, path)
            except Cancelled:
                self._tell_cancelled(path, ("Save", partial(self._save_later, document, path)))
                return
        self._messages.notice.emit(Notice(f"Saved as “{path.name}”.", is_error=False))

    async def _export_layers(self, content: Content, path: Path) -> None:
        async with self._turn:
            try:
                await self._write(path, "Exporting", partial(photoshop.write, content))
            except Cancelled:
                self._tell_cancelled(path)
                return
        self._messages.notice.emit(Notice(f"Layers exported as “{path.name}”.", is_error=False))

    async def _put_away(self, document: Document) -> None:
        async with self._turn:
            if not document.is_modified:  # what was being saved when it left was all of it
                return
            path = document.path
            if path is None:
                path = await asyncio.to_thread(self._free_path, document.name)
            try:
                await self._write_artwork(document, path)
            except Cancelled:
                self._tell_cancelled(path, ("Open", partial(self._editing.open, document)))
                return
        self._messages.notice.emit(
            Notice(
                f"The artwork was put away as “{path.name}”.",
                is_error=False,
                action=("Open", partial(self.open, path)),
            )
        )

    async def _write_artwork(self, document: Document, path: Path) -> None:
        content, before = document.content, self._kept.get(document)
        written: list[openraster.KeptBands] = []

        def write(stream: IO[bytes], on_part: Callable[[int, int], None]) -> None:
            written.append(openraster.write(content, stream, on_part, before))

        await self._write(path, "Saving", write)
        written[0].lies_at(path)
        self._kept[document] = written[0]
        document.saved_as(path, content)

    async def _write(
        self,
        path: Path,
        doing: str,
        write: Callable[[IO[bytes], Callable[[int, int], None]], None],
    ) -> None:
        """Write a file, whole or not at all, and show how far it is.

        Raises:
            Cancelled: the artist had it cancelled; what was there before is untouched.
        """

        def replace(task: LongTask) -> None:
            self.disk.sweep(path.parent)
            with storage_errors(path):
                self.disk.replace_with(path, lambda stream: write(stream, task.advance))

        with self._tasks.begun(f"{doing} “{path.name}”", is_saving=True) as task:
            await asyncio.to_thread(replace, task)

    def _tell_cancelled(
        self, path: Path, action: tuple[str, Callable[[], object]] | None = None
    ) -> None:
        there = f"“{path.name}” is as it was before" if path.exists() else "nothing was written"
        self._messages.notice.emit(Notice(f"Cancelled: {there}.", is_error=False, action=action))

    def _free_path(self, name: str) -> Path:
        with storage_errors(self.folder):
            self.disk.make_folder(self.folder)
        stem = safe_name(name) or _UNNAMED
        number = 1
        while True:
            numbered = stem if number == 1 else f"{stem} {number}"
            path = self.folder / f"{numbered}{openraster.SUFFIX}"
            if not path.exists() and path not in self._saving:
                self._saving.add(path)
                return path
            number += 1
