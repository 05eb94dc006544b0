"""Painting a part of the document anew: candidates under the mask, some of them to keep."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from dataclasses import replace
from itertools import count, islice
from typing import ClassVar, Final

from psygnal import Signal

from studio.document import Content, Document, Layer
from studio.document.inpainting import InpaintWishes, inpainting, mask_inside, outpainting
from studio.document.masks import to_picture
from studio.document.rendering.composite import on_white
from studio.document.repaint_masks import Piece, pieces
from studio.domain.errors import StudioError
from studio.domain.inpaint import Extents, Intent
from studio.domain.limits import MAX_IMAGES_PER_PROMPT, MAX_SEED
from studio.domain.request import Request
from studio.engine import Engine, Job
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.emergence import Emergence
from studio.ui.session.jobs import Jobs
from studio.ui.session.painting.candidates import Candidate, applied, emerging, extended
from studio.ui.session.painting.editing import Editing
from studio.ui.session.pictures.origins import Origin, Origins

CANDIDATES: Final = 3
MOST_CANDIDATES: Final = 9
_SEEDS: Final = MAX_SEED - MAX_IMAGES_PER_PROMPT + 1


class Inpainting:
    """Paints under the document's mask, or beyond its edges, and offers what came of it.

    While it paints, and while candidates are offered, they lie over the document without being a
    part of it. Those painted later join them. `keep` makes the chosen one a layer of its own; what
    lies below never changes.

    Signals:
        changed(): the intent, what is under way, the candidates or the chosen one.
        applied(picture): this picture of the history became a layer.
    """

    changed: ClassVar[Signal] = Signal()
    applied: ClassVar[Signal] = Signal(Picture)

    def __init__(
        self,
        draft: Draft,
        engine: Engine,
        library: Library,
        editing: Editing,
        jobs: Jobs,
        origins: Origins,
        background: Background,
    ) -> None:
        self.intent = Intent.REPLACE
        self.extend = Extents()
        self.wishes = InpaintWishes()
        self.is_painting = False
        self.candidates: tuple[Candidate, ...] = ()
        self.chosen = 0
        self._draft = draft
        self._engine = engine
        self._library = library
        self._editing = editing
        self._jobs = jobs
        self._origins = origins
        self._background = background
        self._document: Document | None = None
        self._job: Job | None = None
        self._stopped = False
        self._follows = False
        editing.document_changed.connect(self.discard)

    @property
    def is_showing(self) -> bool:
        """Whether something lies over the document in the mask's place."""
        return self.is_painting or bool(self.candidates)

    @property
    def has_mask(self) -> bool:
        """Whether there is something to paint under."""
        document = self._editing.document
        return document is not None and bool(document.content.mask.count)

    @property
    def prepared_wishes(self) -> InpaintWishes:
        """All that decides how it would paint under the mask now."""
        return replace(self.wishes, intent=self.intent)

    def set_intent(self, intent: Intent) -> None:
        """What is wanted of the place under the mask."""
        if intent is not self.intent:
            self.intent = intent
            self.changed.emit()

    def set_wishes(self, wishes: InpaintWishes) -> None:
        """How to paint, in detail; the intent has its own place."""
        if wishes != self.wishes:
            self.wishes = wishes
            self.changed.emit()

    def set_extend(self, extend: Extents) -> None:
        """How far beyond its edges the document is to be painted; nothing for under the mask."""
        if extend != self.extend:
            self.extend = extend
            self.changed.emit()

    @property
    def has_room(self) -> bool:
        """Whether more candidates can join those on offer."""
        return len(self.candidates) < MOST_CANDIDATES

    def generate(self, prompt: str) -> None:
        """Paint three candidates: beyond the edges if `extend` says so, else under the mask. They
        join those on offer; nine are the most."""
        document = self._editing.document
        if document is None or self.is_painting or not self.has_room:
            return
        self._document, self._stopped, self.is_painting = document, False, True
        self._follows = True
        self._editing.bring_back()
        self.changed.emit()
        self._background.start(self._generate, document, prompt.strip(), self.extend)

    def stop(self) -> None:
        """Paint no more; the candidates that are there stay."""
        if self.is_painting:
            self._stopped = True
            if self._job is not None:
                self._job.cancel()

    def choose(self, index: int) -> None:
        """Show another candidate in the place, whatever is being painted meanwhile."""
        if 0 <= index < len(self.candidates):
            self.chosen, self._follows = index, False
            self._show_chosen()
            self.changed.emit()

    def choose_next(self, by: int = 1) -> None:
        """The next candidate, or with -1 the one before, round and round."""
        if self.candidates:
            self.choose((self.chosen + by) % len(self.candidates))

    def keep(self, *, and_others: bool = False) -> None:
        """Make the chosen candidate a layer of the document. The others go, and no more are
        painted, unless `and_others` may be kept too. With the last one the mask has done its work
        and goes. All of them are in the history."""
        if not self.candidates or self._document is None:
            return
        kept = self.candidates[self.chosen]
        # What extended the document can't extend it again.
        goes_on = and_others and not kept.extend
        rest = tuple(other for other in self.candidates if other is not kept) if goes_on else ()
        if not goes_on:
            self.stop()
        if kept.picture is not None:
            self.applied.emit(kept.picture)
        keeps_mask = bool(kept.extend) or (goes_on and (bool(rest) or self.is_painting))
        self._document.set_overlays(())
        self._document.do(applied(self._document.content, kept, keeps_mask=keeps_mask))
        if kept.picture is not None:
            self._document.sources = (kept.picture.pixel_digest,)
        self.candidates = rest
        self.chosen = 0
        self.extend = Extents()
        self._show_chosen()
        self.changed.emit()

    def discard(self) -> None:
        """Let go of the candidates, and paint no more."""
        self.stop()
        had_some = bool(self.candidates)
        self.candidates, self.chosen = (), 0
        self._show_chosen()
        if had_some:
            self.changed.emit()

    async def _generate(self, document: Document, prompt: str, extend: Extents) -> None:
        try:
            request, covers = await self._request(document.content, prompt, extend)
            if any(candidate.extend != extend for candidate in self.candidates):
                self.candidates, self.chosen = (), 0
            asked = [candidate.request for candidate in self.candidates]
            room = min(CANDIDATES, MOST_CANDIDATES - len(asked))
            origin = self._origins.of(document, room)
            for seeded in islice(_unlike(request, asked), room):
                if self._stopped:
                    break
                await self._paint(document, seeded, covers, origin)
        finally:
            self.is_painting = False
            self._show_chosen()
            self.changed.emit()

    async def _paint(
        self, document: Document, request: Request, covers: list[Piece], origin: Origin
    ) -> None:
        emergence = Emergence(request.finished_size, request.num_inference_steps)
        extend = Extents() if request.inpaint is None else request.inpaint.extend
        seen: dict[int, Layer] = {}  # each working area as it was seen last

        def on_frame() -> None:
            if (
                self._follows
                and not self._stopped
                and emergence.pixels is not None
                and not emergence.is_complete
            ):
                part = (emergence.newest_step - 1) * len(covers) // emergence.total_steps
                part = min(max(part, 0), len(covers) - 1)
                seen[part] = emerging(emergence.pixels, covers[part])
                self._show(document, tuple(seen.values()), extend)

        emergence.shown_changed.connect(on_frame)
        self._job = self._engine.submit(request)
        made = await self._jobs.follow(self._job, emergence, on_show=False, origin=origin)
        emergence.shown_changed.disconnect(on_frame)
        if made is None or self._stopped:
            return
        if (candidate := Candidate.of(request, made.ready, made.picture)) is not None:
            self.candidates = (*self.candidates, candidate)
            if self._follows:
                self.chosen = len(self.candidates) - 1
            self._show_chosen()
            self.changed.emit()

    async def _request(
        self, content: Content, prompt: str, extend: Extents
    ) -> tuple[Request, list[Piece]]:
        """What to ask for, and where it will be seen.

        Raises:
            StudioError: a value is out of range, or the disk refused.
        """
        model = self._draft.model
        if not self._draft.keep_seed:
            self._draft.roll_seed()
        described = replace(self._draft.as_part(), prompt=prompt)
        wishes = replace(self.wishes, intent=Intent.EXPAND if extend else self.intent)
        pixels = await asyncio.to_thread(on_white, content)
        picture = await self._library.adopt(pixels)
        mask = None
        if extend:
            request = outpainting(described, model, picture, extend, wishes)
        else:
            area = content.working_area
            mask = mask_inside(area, content.mask.read(content.area), wishes)
            mask_ref = await self._library.adopt(to_picture(mask))
            request = inpainting(described, model, picture, mask, mask_ref, wishes, area)
        if request.inpaint is None:
            raise StudioError("There is nothing to paint anew.", "Paint a mask first.")
        return request, list(pieces(mask, content.size, request.inpaint))

    def _show_chosen(self) -> None:
        if self._document is None:
            return
        if self.candidates:
            candidate = self.candidates[self.chosen]
            self._show(self._document, (candidate.layer,), candidate.extend)
        else:
            self._document.set_overlays(())
            self._document.end_preview()

    @staticmethod
    def _show(document: Document, layers: tuple[Layer, ...], extend: Extents) -> None:
        """Show layers over the document, which looks as large as it would be with them."""
        if extend:
            document.preview(extended(document.content, extend))
        document.set_overlays(layers)


def _unlike(request: Request, others: Iterable[Request]) -> Iterator[Request]:
    """`request` with its seed and the ones after it, but for what has been asked for already."""
    asked = set(others)
    for step in count():
        seeded = replace(request, seed=(request.seed + step) % _SEEDS)
        if seeded not in asked:
            yield seeded
