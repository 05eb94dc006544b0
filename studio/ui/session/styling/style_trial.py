"""What a style would come to, shown on the canvas: small at once, then finer."""

from __future__ import annotations

import asyncio
from typing import ClassVar, Final

import numpy as np
from PIL import Image
from psygnal import Signal

from studio.document import Change, Content, Document, Layer, LayerKind, TiledImage
from studio.document.masks import Mask
from studio.document.rendering.composite import sampled
from studio.domain.events import ImageReady, JobFailed, Pixels
from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.engine import Engine, Job
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages
from studio.ui.session.styling.style_orders import StyleOrder, StyleRequests

# The longer side, at once and once nobody changes anything any more.
TRIAL_PX: Final = 256
FINE_PX: Final = 1024


class StyleTrial:
    """Lies over a document without being a part of it.

    Only the latest order counts: while one is computed the next waits, and those between are left
    out, so that the canvas follows a slider as fast as it can. Then the same is tried out finer,
    until there is another order. A trial is of the document as it
    was: it goes when that changes, for who paints on wants to see the paint.

    Signals:
        changed(): one was begun or let go.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self, engine: Engine, messages: Messages, background: Background, requests: StyleRequests
    ) -> None:
        self._engine = engine
        self._messages = messages
        self._background = background
        self._requests = requests
        self._document: Document | None = None
        self._content: Content | None = None
        self._order: StyleOrder | None = None
        self._next: StyleOrder | None = None
        self._layer: Layer | None = None
        self._job: Job | None = None
        self._request: Request | None = None
        self._is_busy = False
        self._is_fine = False

    @property
    def is_on(self) -> bool:
        """Whether one lies over the document, or is about to."""
        return self._document is not None

    def is_of(self, job: Job) -> bool:
        """Whether a job only tries out: it is over in a moment, and nobody waits for it."""
        return job.request is self._request

    def show(self, document: Document, order: StyleOrder) -> None:
        """Try an order out on a document, unless something else lies over it."""
        if document is not self._document:
            if document.overlays:
                return
            self.end()
            self._document = document
            document.changed.connect(self._on_changed)
            self.changed.emit()
        self._content = document.content
        self._order = self._next = order
        if self._job is not None and (self._is_fine or self._job is not self._engine.running):
            self._job.cancel()
        if not self._is_busy:
            self._is_busy = True
            self._background.start(self._work)

    def end(self) -> None:
        """Let go of it: the document is shown as it is."""
        document, layer = self._document, self._layer
        self.leave()
        if document is not None and document.overlays and document.overlays[0] is layer:
            document.set_overlays(())

    def leave(self) -> None:
        """Try out no more; what lies over the document by now is somebody else's."""
        if self._document is None:
            return
        self._document.changed.disconnect(self._on_changed)
        self._document = self._next = self._layer = None
        if self._job is not None:
            self._job.cancel()
        self.changed.emit()

    def _on_changed(self, change: Change) -> None:
        document, content = self._document, self._content
        if document is None or content is None:
            return
        seen = document.shown.layers[: len(document.shown.layers) - len(document.overlays)]
        if change.size or list(map(id, seen)) != list(map(id, content.layers)):
            self.end()
        elif self._order is not None and document.content.mask is not content.mask:
            self.show(document, self._order)

    async def _work(self) -> None:
        try:
            while (order := self._next) is not None and self._document is not None:
                self._next, self._is_fine = None, False
                document, content = self._document, self._document.content
                await self._try_out(document, content, order, TRIAL_PX)
                is_latest = self._next is None and document is self._document
                if is_latest and max(content.size.width, content.size.height) > TRIAL_PX:
                    self._is_fine = True
                    await self._try_out(document, content, order, FINE_PX)
        finally:
            self._is_busy = False

    async def _try_out(
        self, document: Document, content: Content, order: StyleOrder, longest_px: int
    ) -> None:
        size = content.size
        if max(size.width, size.height) > longest_px:
            size = size.fitted_into(Size(longest_px, longest_px))
        pixels = await asyncio.to_thread(_small, content, size)
        request, _ = await self._requests.of(order, content, pixels, is_trial=True)
        # Who changed something meanwhile wants no finer look at what was before.
        if document is not self._document or (self._is_fine and self._next is not None):
            return
        # The engine tells of the job before it gives it back.
        self._request = request
        job = self._job = self._engine.submit(request)
        try:
            async for event in job.events():
                match event:
                    case ImageReady():
                        cover = None if event.painted is None else event.painted.pixels[0][..., 3]
                        layer = await asyncio.to_thread(
                            style_layer, event.images[0], cover, content.size
                        )
                        if document is self._document:
                            self._layer = layer
                            document.set_overlays((layer,))
                    case JobFailed():
                        self._messages.tell(event.error)
        finally:
            self._job = None


def style_layer(pixels: Pixels, cover: Mask | None, size: Size) -> Layer:
    """A layer as large as the document that shows `pixels` (h, w, 3) as far as `cover` says."""
    wh = size.width, size.height
    colours = np.asarray(Image.fromarray(pixels).resize(wh, Image.Resampling.BILINEAR))
    alpha = np.full(colours.shape[:2], 255, np.uint8)
    if cover is not None:
        alpha = np.asarray(Image.fromarray(cover).resize(wh, Image.Resampling.BILINEAR))
    image = TiledImage.of(np.dstack([colours, alpha]))
    return Layer("Style", image, LayerKind.GENERATED)


def _small(content: Content, size: Size) -> Pixels:
    """All that is seen of a document, on white and small: (h, w, 3)."""
    step = max(1, min(content.size.width // size.width, content.size.height // size.height) // 2)
    rough = sampled(content.layers, content.area, step)
    # Premultiplied, so what a pixel lacks is what shines through of the white.
    colours = rough[..., 2::-1] + (255 - rough[..., 3:])
    picture = Image.fromarray(colours).resize((size.width, size.height), Image.Resampling.BOX)
    return np.asarray(picture)
