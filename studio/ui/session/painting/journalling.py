"""What is done to documents goes to the disk at once, so that a crash takes nothing of it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from studio.document import Document
from studio.document.journal import Journal, JournalFolder, Moment
from studio.domain.errors import StorageError
from studio.ui.session.messages import Messages
from studio.ui.session.painting.editing import Editing


class Journalling:
    """Keeps a journal of the document that is edited, and of each changed one that isn't saved yet.

    What the artist does never waits for it: while one moment is written others may pass, and the
    newest is written next.
    """

    def __init__(self, root: Path, editing: Editing, messages: Messages) -> None:
        self._root = root
        self._editing = editing
        self._messages = messages
        self._folder: JournalFolder | None = None
        self._kept: list[_Kept] = []
        self._unfinished: set[asyncio.Task[None]] = set()

    def begin(self) -> None:
        """From now on, keep what is done; needs a running event loop."""
        self._editing.document_changed.connect(self._on_document_changed)
        self._on_document_changed()

    async def settle(self) -> bool:
        """Wait until all that was done is on the disk; False if the disk refused it."""
        while self._unfinished:
            await asyncio.wait(self._unfinished)
        return not any(kept.is_behind for kept in self._kept)

    async def close(self) -> None:
        """Write what isn't written yet, then let go. What wasn't saved stays for the next start."""
        self._editing.document_changed.disconnect(self._on_document_changed, missing_ok=True)
        await self.settle()
        for kept in self._kept:
            kept.close()
        if self._folder is not None:
            await asyncio.to_thread(self._folder.close)

    def follow(self, kept: _Kept) -> None:
        """Write the newest moment of a document as soon as the last one is written."""
        kept.is_behind = True
        if not kept.is_busy:
            kept.is_busy = True
            task = asyncio.ensure_future(self._keep(kept))
            self._unfinished.add(task)
            task.add_done_callback(self._unfinished.discard)

    def _on_document_changed(self) -> None:
        document = self._editing.document
        if document is not None and all(kept.document is not document for kept in self._kept):
            self._kept.append(_Kept(document, self))
        for kept in self._kept:
            self.follow(kept)

    async def _keep(self, kept: _Kept) -> None:
        try:
            while kept.is_behind:
                await self._write(kept)
        except StorageError as error:
            self._messages.tell(error)
        finally:
            kept.is_busy = False

    async def _write(self, kept: _Kept) -> None:
        document = kept.document
        if document is not self._editing.document and not document.is_modified:
            kept.is_behind = False
            self._kept.remove(kept)
            kept.close()
            return
        if kept.journal is None:
            if self._folder is None:
                self._folder = await asyncio.to_thread(JournalFolder, self._root)
            kept.journal = self._folder.new()
        moment = Moment(document.content, document.name, document.path, document.is_modified)
        kept.is_behind = False
        try:
            await asyncio.to_thread(kept.journal.write, moment)
        except StorageError:
            kept.is_behind = True
            raise


class _Kept:
    """A document and its journal."""

    def __init__(self, document: Document, journalling: Journalling) -> None:
        self.document = document
        self.journal: Journal | None = None
        self.is_behind = False
        self.is_busy = False
        self._journalling = journalling
        document.edited.connect(self._on_changed)
        document.named.connect(self._on_changed)

    def close(self) -> None:
        """Follow it no more; its journal stays only for what isn't saved."""
        self.document.edited.disconnect(self._on_changed)
        self.document.named.disconnect(self._on_changed)
        if self.journal is not None:
            if self.document.is_modified:
                self.journal.close()
            else:
                self.journal.discard()

    def _on_changed(self) -> None:
        self._journalling.follow(self)
