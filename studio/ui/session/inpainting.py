"""Painting a part of the document anew: three candidates under the mask, one of them to keep."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field, replace
from typing import ClassVar, Final

import numpy as np
from PIL import Image
from psygnal import Signal

from studio.document import Content, Document, Edit, Layer, LayerKind, TiledImage
from studio.document.edits import add_generated, clear_mask, resize_canvas
from studio.document.inpainting import InpaintWishes, inpainting, outpainting
from studio.document.masks import to_picture
from studio.document.rendering.composite import flatten, over_white
from studio.document.repaint_masks import Piece, pieces
from studio.domain.errors import StudioError
from studio.domain.events import PaintedLayer, Pixels
from studio.domain.inpaint import Extents, Intent
from studio.domain.request import MAX_SEED, Request
from studio.engine import Engine, Job
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.draft import Draft
from studio.ui.session.editing import Editing
from studio.ui.session.emergence import Emergence
from studio.ui.session.jobs import Jobs

CANDIDATES: Final = 3
_LONGEST_NAME: Final = 40


@dataclass(frozen=True, slots=True, eq=False)
class Candidate:
    """One way to paint what lies under the mask. `painted` holds it alone, (1, h, w, 4), at its
    box; `seen` is that part of the whole picture, (h, w, 3); `picture` is its place in the history,
    None if that failed."""

    request: Request
    painted: PaintedLayer = field(repr=False)
    seen: Pixels = field(repr=False)
    picture: Picture | None = None

    @property
    def layer(self) -> Layer:
        """The candidate over the document as it would be with it."""
        return _layer(self.painted.pixels[0], self.painted.box.x, self.painted.box.y)


class Inpainting:
    """Paints under the document's mask, or beyond its edges, and offers what came of it.

    While it paints, and while candidates are offered, they lie over the document without being a
    part of it. `keep` makes the chosen one a layer of its own; what lies below never changes.

    Signals:
        changed(): the intent, what is under way, the candidates or the chosen one.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        draft: Draft,
        engine: Engine,
        library: Library,
        editing: Editing,
        jobs: Jobs,
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
        self._background = background
        self._document: Document | None = None
        self._job: Job | None = None
        self._stopped = False
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

    def generate(self, prompt: str) -> None:
        """Paint three candidates: beyond the edges if `extend` says so, else under the mask."""
        document = self._editing.document
        if document is None or self.is_painting:
            return
        self._document, self._stopped, self.is_painting = document, False, True
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
        """Show another candidate in the place."""
        if 0 <= index < len(self.candidates) and index != self.chosen:
            self.chosen = index
            self._show_chosen()
            self.changed.emit()

    def choose_next(self, by: int = 1) -> None:
        """The next candidate, or with -1 the one before, round and round."""
        if self.candidates:
            self.choose((self.chosen + by) % len(self.candidates))

    def keep(self, *, and_others: bool = False) -> None:
        """Make the chosen candidate a layer of the document; the others go unless `and_others`
        may be kept too. All of them are in the history."""
        if not self.candidates or self._document is None:
            return
        kept = self.candidates[self.chosen]
        rest = [other for other in self.candidates if other is not kept]
        self._document.set_overlays(())
        self._document.do(_applied(self._document.content, kept))
        # What extended the document can't extend it again.
        self.candidates = tuple(rest) if and_others and not _extend(kept.request) else ()
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
            self.candidates, self.chosen = (), 0
            for index in range(CANDIDATES):
                if self._stopped:
                    break
                seed = (request.seed + index) % (MAX_SEED + 1)
                await self._paint(document, replace(request, seed=seed), covers)
        finally:
            self.is_painting = False
            self._show_chosen()
            self.changed.emit()

    async def _paint(self, document: Document, request: Request, covers: list[Piece]) -> None:
        emergence = Emergence(request.finished_size, request.num_inference_steps)

        def on_frame() -> None:
            if not self._stopped and emergence.pixels is not None and not emergence.is_complete:
                part = (emergence.newest_step - 1) * len(covers) // emergence.total_steps
                piece = covers[min(max(part, 0), len(covers) - 1)]
                self._show(document, _emerging(emergence.pixels, piece), _extend(request))

        emergence.shown_changed.connect(on_frame)
        self._job = self._engine.submit(request)
        made = await self._jobs.follow(self._job, emergence, on_show=False)
        emergence.shown_changed.disconnect(on_frame)
        if made is not None and made.ready.painted is not None and not self._stopped:
            painted = made.ready.painted
            seen = made.ready.images[0][painted.box.slices]
            candidate = Candidate(request, painted, seen, made.picture)
            self.candidates = (*self.candidates, candidate)
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
        described = replace(self._draft.as_request(), prompt=prompt)
        wishes = replace(self.wishes, intent=Intent.EXPAND if extend else self.intent)
        pixels = await asyncio.to_thread(_on_white, content)
        picture = await self._library.adopt(pixels)
        mask = None
        if extend:
            request = outpainting(described, model, picture, extend, wishes)
        else:
            mask = content.mask.read(content.area)
            mask_ref = await self._library.adopt(to_picture(mask))
            request = inpainting(described, model, picture, mask, mask_ref, wishes)
        if request.inpaint is None:
            raise StudioError("There is nothing to paint anew.", "Paint a mask first.")
        return request, list(pieces(mask, content.size, request.inpaint))

    def _show_chosen(self) -> None:
        if self._document is None:
            return
        if self.candidates:
            candidate = self.candidates[self.chosen]
            self._show(self._document, candidate.layer, _extend(candidate.request))
        else:
            self._document.set_overlays(())
            self._document.end_preview()

    @staticmethod
    def _show(document: Document, layer: Layer, extend: Extents) -> None:
        """Show a layer over the document, which looks as large as it would be with it."""
        if extend:
            document.preview(_extended(document.content, extend))
        document.set_overlays((layer,))


def _applied(content: Content, candidate: Candidate) -> Edit:
    """The candidate as a layer, the document as large as it was painted for; the mask has done its
    work and goes."""
    if extend := _extend(candidate.request):
        content = resize_canvas(content, extend.of(content.size), extend.left, extend.top).content
    pixels, box = candidate.painted.pixels[0], candidate.painted.box
    name = candidate.request.prompt[:_LONGEST_NAME] or "Painted anew"
    alpha = np.ascontiguousarray(pixels[..., 3])
    content = clear_mask(content).content
    return add_generated(content, pixels[..., :3], alpha, name, box.x, box.y)


def _extend(request: Request) -> Extents:
    return Extents() if request.inpaint is None else request.inpaint.extend


def _extended(content: Content, extend: Extents) -> Content:
    return resize_canvas(content, extend.of(content.size), extend.left, extend.top).content


def _emerging(frame: Pixels, piece: Piece) -> Layer:
    """A preview of one working area, seen as far as its result will be."""
    size = piece.box.width, piece.box.height
    colours = Image.fromarray(frame).resize(size, Image.Resampling.BILINEAR)
    return _layer(np.dstack([np.asarray(colours), piece.cover]), piece.box.x, piece.box.y)


def _layer(pixels: Pixels, x: int, y: int) -> Layer:
    return Layer("Candidate", TiledImage.of(pixels), LayerKind.GENERATED, x=x, y=y)


def _on_white(content: Content) -> Pixels:
    """The document as a model sees it, (H, W, 3)."""
    return np.ascontiguousarray(over_white(flatten(content))[..., :3])
