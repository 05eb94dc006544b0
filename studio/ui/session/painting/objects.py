"""Selecting things in the document by pointing at them."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import ClassVar

from psygnal import Signal

from studio.document import Document, TiledImage
from studio.document.edits import join_mask
from studio.document.selection import METHOD, Combine, Coverage, Hints
from studio.document.selection.shapes import Point
from studio.ui.session.background import Background
from studio.ui.session.long_tasks import Cancelled
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.painting.object_finding import Found, ObjectFinder
from studio.ui.session.painting.tools import Tools


@dataclass(eq=False, slots=True)
class _Click:
    """What was pointed at. `corrects` says that it means the last object, seen better."""

    document: Document
    hints: Hints
    mode: Combine
    corrects: bool = False
    is_dropped: bool = False


@dataclass(frozen=True, eq=False, slots=True)
class _Selected:
    """The last object, and the mask before and after it was selected."""

    document: Document
    hints: Hints
    mode: Combine
    found: Found
    before: TiledImage
    after: TiledImage

    @property
    def is_last(self) -> bool:
        """Whether nothing else changed the mask since."""
        return self.document.content.mask is self.after


class Objects:
    """Finds the objects that hints point at, one after the other, and joins them to the mask.

    Signals:
        downloads_wanted(): the artist wants a segmenter that isn't on this disk.
    """

    downloads_wanted: ClassVar[Signal] = Signal()

    def __init__(
        self, finder: ObjectFinder, tools: Tools, messages: Messages, background: Background
    ) -> None:
        self._finder = finder
        self._tools = tools
        self._messages = messages
        self._background = background
        self._clicks: list[_Click] = []
        self._selected: _Selected | None = None
        self._told: set[str] = set()
        tools.events.object_part.connect(self._on_part_changed)

    def select(self, document: Document, hints: Hints, mode: Combine) -> None:
        """Select what `hints` point at. What replaces the mask makes clicks that still wait
        needless; others wait for their turn."""
        if mode is Combine.REPLACE:
            self.stop()
        self._begin(_Click(document, hints, mode))

    def correct(self, document: Document, point: Point, *, inside: bool) -> None:
        """Say of the last object: this, too (`inside`), or: not this. If the mask is another one by
        now, add what is there, or take it away."""
        stroke = (point,)
        waiting = self._clicks[-1] if self._clicks else None
        selected = self._selected if self._selected and self._selected.is_last else None
        last = waiting or selected
        if last is None or last.document is not document:
            mode = Combine.ADD if inside else Combine.SUBTRACT
            self.select(document, Hints(inside=(stroke,)), mode)
            return
        hints = last.hints
        if inside:
            hints = replace(hints, inside=(*hints.inside, stroke))
        else:
            hints = replace(hints, outside=(*hints.outside, stroke))
        corrects = True
        if waiting is not None:
            waiting.is_dropped = True
            corrects = waiting.corrects
        self._begin(_Click(document, hints, last.mode, corrects))

    def stop(self) -> bool:
        """Forget the clicks that wait. False if there are none."""
        for click in self._clicks:
            click.is_dropped = True
        return bool(self._clicks)

    def _begin(self, click: _Click) -> None:
        self._clicks.append(click)
        if len(self._clicks) == 1:
            self._background.start(self._work_off)

    async def _work_off(self) -> None:
        try:
            while self._clicks:
                if not self._clicks[0].is_dropped:
                    await self._select(self._clicks[0])
                del self._clicks[0]
        except Cancelled:
            pass
        finally:
            self._clicks.clear()

    async def _select(self, click: _Click) -> None:
        document, layers = click.document, click.document.content.layers
        found = await self._finder.find(document.content, click.hints)
        coverage = await asyncio.to_thread(found, self._tools.object_part)
        if click.is_dropped or document.content.layers is not layers:
            return
        if coverage is None:
            self._messages.notice.emit(
                Notice("Nothing stands out there.", "Draw a box around it.", is_error=False)
            )
            return
        self._tell_how()
        last, before = self._selected, document.content.mask
        if click.corrects and last is not None and last.document is document and last.is_last:
            before = last.before
        self._join(document, coverage, before, click.mode)
        self._selected = _Selected(
            document, click.hints, click.mode, found, before, document.content.mask
        )

    @staticmethod
    def _join(document: Document, found: Coverage, before: TiledImage, mode: Combine) -> None:
        base = replace(document.content, mask=before)
        document.do(join_mask(base, found, mode, "Select object"))

    def _tell_how(self) -> None:
        """Say once which way was used, and that there is a better one."""
        segmenter = self._finder.segmenter
        name = METHOD if segmenter is None else segmenter.name
        if name in self._told:
            return
        self._told.add(name)
        if segmenter is not None:
            notice = Notice(f"Selected by “{segmenter.title}”.", is_error=False)
        elif self._finder.segmenters:
            notice = Notice(f"Selected by {METHOD}.", is_error=False)
        else:
            notice = Notice(
                f"Selected by {METHOD}.",
                "“Segment Anything”, among the downloads, knows things when it sees them.",
                is_error=False,
                action=("Get it…", self.downloads_wanted.emit),
            )
        self._messages.notice.emit(notice)

    def _on_part_changed(self) -> None:
        if self._selected is not None and self._selected.is_last and not self._clicks:
            self._background.start(self._reselect, self._selected)

    async def _reselect(self, selected: _Selected) -> None:
        """Take another part of the last object."""
        coverage = await asyncio.to_thread(selected.found, self._tools.object_part)
        if coverage is None or selected is not self._selected or not selected.is_last:
            return
        self._join(selected.document, coverage, selected.before, selected.mode)
        self._selected = replace(selected, after=selected.document.content.mask)
