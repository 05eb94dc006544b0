"""Selecting things in the document by pointing at them."""

from __future__ import annotations

import asyncio

from studio.document import Document
from studio.document.edits import join_mask
from studio.document.rendering.composite import flatten_layers
from studio.document.selection import METHOD, Combine, Hints
from studio.document.selection import object_mask as find_object
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages, Notice


class Objects:
    """Finds the object that hints point at, on a thread of its own, and joins it to the mask."""

    def __init__(self, messages: Messages, background: Background) -> None:
        self._messages = messages
        self._background = background
        self._wanted: Hints | None = None
        self._method_was_told = False

    def select(self, document: Document, hints: Hints, mode: Combine) -> None:
        """Select what `hints` point at; a later call takes the place of one under way."""
        self._wanted = hints
        self._background.start(self._select, document, hints, mode)

    async def _select(self, document: Document, hints: Hints, mode: Combine) -> None:
        content = document.content
        found = await asyncio.to_thread(
            find_object, lambda box: flatten_layers(content.layers, box), content.size, hints
        )
        if self._wanted is not hints or document.content is not content:
            return
        if found is None:
            self._messages.notice.emit(
                Notice("Nothing stands out there.", "Draw a box around it.", is_error=False)
            )
            return
        if not self._method_was_told:
            self._method_was_told = True
            self._messages.notice.emit(Notice(f"Selected by {METHOD}.", is_error=False))
        document.do(join_mask(content, found, mode, "Select object"))
