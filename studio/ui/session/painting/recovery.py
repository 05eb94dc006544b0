"""What a crash, or a window closed in haste, left behind: offered, never forced on anyone."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import dataclass, field
from pathlib import Path
from typing import ClassVar, Final

from psygnal import Signal

from studio.document import Content, Document
from studio.document.journal import LeftBehind, Moment, left_behind, recover
from studio.document.rendering.composite import sampled
from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.ui.session.background import Background
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.journalling import Journalling

log = logging.getLogger(__name__)

_PICTURE_PX: Final = 512


@dataclass(frozen=True, slots=True, eq=False)
class Offer:
    """Work that can be recovered. `picture` is small, (h, w, 4), premultiplied BGRA; `changed_s`
    is when, in seconds since 1970."""

    name: str
    size: Size
    changed_s: float
    picture: Pixels = field(repr=False)
    journal: Path = field(repr=False)
    left: LeftBehind = field(repr=False)


class Recovery:
    """Finds what wasn't saved, and brings it back as a document without a file: it never takes the
    place of one of the artist's files.

    Signals:
        changed(): there are other `offers`, the newest first.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self, root: Path, editing: Editing, journalling: Journalling, background: Background
    ) -> None:
        self.offers: tuple[Offer, ...] = ()
        self._root = root
        self._editing = editing
        self._journalling = journalling
        self._background = background
        self._left: list[LeftBehind] = []

    def look(self) -> None:
        """Look for what can be recovered."""
        self._background.start(self._look)

    def recover(self, offer: Offer) -> None:
        """Open what is offered; it has to be saved under a name."""
        self._withdraw(offer)
        self._background.start(self._recover, offer)

    def discard(self, offer: Offer) -> None:
        """Let it go for good."""
        self._withdraw(offer)
        offer.left.remove(offer.journal)

    def put_off(self) -> None:
        """Offer it at the next start again."""
        self.offers = ()
        self.changed.emit()

    def close(self) -> None:
        """Let go of what wasn't recovered, so that the next start finds it."""
        for left in self._left:
            left.close()
        self._left.clear()

    async def _look(self) -> None:
        self._left = await asyncio.to_thread(left_behind, self._root)
        offers = await asyncio.to_thread(_offers, self._left)
        self.offers = tuple(sorted(offers, key=lambda offer: offer.changed_s, reverse=True))
        self.changed.emit()

    async def _recover(self, offer: Offer) -> None:
        moment = await asyncio.to_thread(recover, offer.journal)
        if moment is None:
            raise PictureError(f"“{offer.name}” can't be recovered; its journal is damaged.")
        self._editing.open(Document(moment.content, offer.name, is_saved=False))
        if await self._journalling.settle():
            offer.left.remove(offer.journal)

    def _withdraw(self, offer: Offer) -> None:
        self.offers = tuple(other for other in self.offers if other is not offer)
        self.changed.emit()


def _offers(left: list[LeftBehind]) -> list[Offer]:
    found = []
    for window in left:
        for journal in window.journals:
            moment = recover(journal)
            if moment is None:
                log.warning("nothing can be recovered from %s; it stays", journal)
            elif moment.is_modified:
                found.append(_offer(moment, journal, window))
            else:
                window.remove(journal)
    return found


def _offer(moment: Moment, journal: Path, left: LeftBehind) -> Offer:
    name = f"{moment.name} (recovered)" if moment.path is not None else moment.name
    return Offer(
        name or "Artwork",
        moment.content.size,
        journal.stat().st_mtime,
        _picture(moment.content),
        journal,
        left,
    )


def _picture(content: Content) -> Pixels:
    step = 1
    while max(content.size.width, content.size.height) > _PICTURE_PX * step:
        step *= 2
    return sampled(content.layers, content.area, step)
