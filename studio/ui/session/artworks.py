"""Artworks as files: open, save, and put away what makes room for another."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import IO, Final

from studio.document import Content, Document, openraster, photoshop
from studio.domain.geometry import Size
from studio.library import Library, read_picture, safe_name
from studio.library.disk import Disk, storage_errors
from studio.ui.session.background import Background
from studio.ui.session.editing import Editing
from studio.ui.session.messages import Messages, Notice

FOLDER: Final = "Artworks"
_UNNAMED: Final = "Artwork"


class Artworks:
    """Opens and saves documents as OpenRaster. A changed document that another one replaces is put
    away as a file of its own, so nothing has to be asked and nothing is lost."""

    def __init__(
        self, library: Library, editing: Editing, messages: Messages, background: Background
    ) -> None:
        self._library = library
        self._editing = editing
        self._messages = messages
        self._background = background
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
            self._background.complete(self._save, document, path)

    def export_layers(self, path: Path) -> None:
        """Write the artwork's layers as PSD; the artwork itself stays as saved as it was."""
        if self._editing.document is not None:
            self._background.complete(self._export_layers, self._editing.document.content, path)

    def put_away(self, document: Document) -> None:
        """Save a changed document that leaves the window, in its own file or a new one."""
        if document.is_modified:
            self._background.complete(self._put_away, document)

    async def _open(self, path: Path) -> None:
        if path.suffix.lower() == openraster.SUFFIX:
            opened = await asyncio.to_thread(openraster.read, path)
            self._editing.open(Document(opened.content, path.stem, path))
            if opened.lost:
                self._messages.notice.emit(Notice(" ".join(opened.lost), is_error=False))
        else:
            pixels = await asyncio.to_thread(partial(read_picture, path, keep_alpha=True))
            self._editing.open_pixels(pixels, path.stem)

    async def _save(self, document: Document, path: Path) -> None:
        content = document.content
        await asyncio.to_thread(_write, content, path)
        document.saved_as(path, content)
        self._messages.notice.emit(Notice(f"Saved as “{path.name}”.", is_error=False))

    async def _export_layers(self, content: Content, path: Path) -> None:
        await asyncio.to_thread(_write, content, path, photoshop.write)
        self._messages.notice.emit(Notice(f"Layers exported as “{path.name}”.", is_error=False))

    async def _put_away(self, document: Document) -> None:
        content, path = document.content, document.path
        if path is None:
            path = await asyncio.to_thread(self._free_path, document.name)
        await asyncio.to_thread(_write, content, path)
        document.saved_as(path, content)
        self._messages.notice.emit(
            Notice(
                f"The artwork was put away as “{path.name}”.",
                is_error=False,
                action=("Open", partial(self.open, path)),
            )
        )

    def _free_path(self, name: str) -> Path:
        with storage_errors(self.folder):
            Disk().make_folder(self.folder)
        stem = safe_name(name) or _UNNAMED
        number = 1
        while True:
            numbered = stem if number == 1 else f"{stem} {number}"
            path = self.folder / f"{numbered}{openraster.SUFFIX}"
            if not path.exists() and path not in self._saving:
                self._saving.add(path)
                return path
            number += 1


def _write(
    content: Content, path: Path, write: Callable[[Content, IO[bytes]], None] = openraster.write
) -> None:
    with storage_errors(path):
        Disk().replace_with(path, partial(write, content))
