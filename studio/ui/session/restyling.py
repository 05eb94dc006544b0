"""The picture on the canvas in another style: chosen, tried out, and kept as a layer."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from typing import ClassVar, Final

import numpy as np
from PIL import Image
from psygnal import Signal

from studio.document import Content, Document, Layer, LayerKind, TiledImage
from studio.document.edits import add_generated
from studio.document.masks import Mask, to_picture
from studio.document.rendering.composite import on_white, sampled
from studio.document.restyling import RestyleMethod, RestyleWishes, repainting, restyling
from studio.domain.errors import RequestError
from studio.domain.events import (
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    Losses,
    Pixels,
    StepPreview,
)
from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.domain.stylize import StyleSource
from studio.engine import Engine, Job
from studio.library import Library
from studio.library.style_shelf import StyleEntry
from studio.ui.session.background import Background
from studio.ui.session.draft import Draft
from studio.ui.session.editing import Editing
from studio.ui.session.jobs import Jobs
from studio.ui.session.messages import Messages
from studio.ui.session.progress import JobStage, Progress
from studio.ui.session.shown import Shown

TRIAL_PX: Final = 256
_TRIAL_DELAY_S: Final = 0.08


@dataclass(frozen=True, slots=True)
class StyleChoice:
    """A style of the shelf, its share beside the others and how large its brush strokes are."""

    entry: StyleEntry
    weight: float = 1.0
    scale: float = 1.0


class Restyling:
    """Holds what the style pane shows, tries it out small at once, and applies it in full.

    What was tried out or is on its way lies over the document without being a part of it. `apply`
    puts the whole picture into the history and makes it a layer of its own, with the mask's alpha.

    Signals:
        wishes_changed(): the styles, the method or what it is told.
        progress_changed(): whether it works, and the losses so far.
    """

    wishes_changed: ClassVar[Signal] = Signal()
    progress_changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        draft: Draft,
        engine: Engine,
        library: Library,
        shown: Shown,
        editing: Editing,
        jobs: Jobs,
        messages: Messages,
        background: Background,
    ) -> None:
        self.wishes = RestyleWishes()
        self.styles: tuple[StyleChoice, ...] = ()
        self.outside: tuple[StyleChoice, ...] = ()
        self.prompt = ""
        self.under_mask = True
        self.tries_out = True
        self.is_working = False
        self.losses: Losses | None = None
        self._draft = draft
        self._engine = engine
        self._library = library
        self._shown = shown
        self._editing = editing
        self._jobs = jobs
        self._messages = messages
        self._background = background
        self._job: Job | None = None
        self._trial_job: Job | None = None
        self._trial_due: asyncio.TimerHandle | None = None
        self._overlaid: Document | None = None
        editing.document_changed.connect(self.discard)

    @property
    def has_mask(self) -> bool:
        """Whether the document has a mask to keep to."""
        document = self._editing.document
        return document is not None and bool(document.content.mask.count)

    @property
    def problem(self) -> str:
        """What is missing before it can be applied; empty when nothing is."""
        if self._editing.document is None and self._shown.finished_pixels is None:
            return "There is no picture on the canvas yet."
        if self.wishes.method is RestyleMethod.DIFFUSION:
            return "" if self.prompt.strip() else "Say which style."
        return "" if self.styles else "Choose a style."

    # What the artist decides

    def set_wishes(self, wishes: RestyleWishes) -> None:
        """How to take on the style; while the optimised method runs its weights change at once."""
        if wishes == self.wishes:
            return
        if self._job is not None and wishes.weights != self.wishes.weights:
            self._job.reweigh(wishes.weights)
        self.wishes = wishes
        self._on_changed()

    def set_styles(
        self, styles: tuple[StyleChoice, ...], outside: tuple[StyleChoice, ...] = ()
    ) -> None:
        """The styles to take on, and those for the other side of the mask."""
        if (styles, outside) != (self.styles, self.outside):
            self.styles, self.outside = styles, outside
            self._on_changed()

    def set_prompt(self, prompt: str) -> None:
        """What style a diffusion model is to paint in."""
        if prompt != self.prompt:
            self.prompt = prompt
            self.wishes_changed.emit()

    def set_under_mask(self, under_mask: bool) -> None:
        """Whether it keeps to the mask, where there is one."""
        if under_mask != self.under_mask:
            self.under_mask = under_mask
            self._on_changed()

    # What the artist does

    def apply(self) -> None:
        """Make it in full, as a layer and in the history. The shown picture becomes an artwork."""
        if self.is_working:
            return
        document = self._editing.document or self._editing.open_shown()
        if problem := self.problem:
            self._messages.tell(RequestError(problem))
        elif document is not None:
            self._cancel_trial()
            self._editing.bring_back()
            self.is_working, self.losses = True, None
            self.progress_changed.emit()
            self._background.start(self._apply, document)

    def stop(self) -> None:
        """Let go of what is under way."""
        if self._job is not None:
            self._job.cancel()

    def stop_here(self) -> None:
        """Take the picture as it is by now, where the method goes step by step."""
        if self._job is not None:
            self._job.stop_here()

    def discard(self) -> None:
        """Let go of what is under way or was tried out: the document is shown as it is."""
        self.stop()
        self._cancel_trial()
        self._clear_overlay()

    # Trying out

    def _on_changed(self) -> None:
        self.wishes_changed.emit()
        if self._trial_due is not None:
            self._trial_due.cancel()
            self._trial_due = None
        instant = self.wishes.method is RestyleMethod.INSTANT
        document = self._editing.document
        if document is None or not self._editing.is_on_canvas or self.is_working:
            return
        if not (self.tries_out and instant and self.styles):
            self._clear_overlay()
            return
        loop = asyncio.get_running_loop()
        self._trial_due = loop.call_later(_TRIAL_DELAY_S, self._begin_trial, document)

    def _begin_trial(self, document: Document) -> None:
        self._trial_due = None
        if self._trial_job is not None:
            self._trial_job.cancel()
        self._background.start(self._try_out, document)

    async def _try_out(self, document: Document) -> None:
        """A small version over the document; the full one comes with `apply`."""
        content = document.content
        size = _fitted(content.size, TRIAL_PX)
        pixels = await asyncio.to_thread(_small, content, size)
        request, _ = await self._request(content, pixels)
        job = self._trial_job = self._engine.submit(request)
        async for event in job.events():
            match event:
                case ImageReady() if self._trial_job is job and not self.is_working:
                    cover = None if event.painted is None else event.painted.pixels[0][..., 3]
                    layer = _over(event.images[0], cover, content.size)
                    self._overlay(document, layer)
                case JobFailed():
                    self._messages.tell(event.error)
        if self._trial_job is job:
            self._trial_job = None

    def _cancel_trial(self) -> None:
        if self._trial_due is not None:
            self._trial_due.cancel()
            self._trial_due = None
        if self._trial_job is not None:
            self._trial_job.cancel()
            self._trial_job = None

    # Applying

    async def _apply(self, document: Document) -> None:
        content = document.content
        try:
            pixels = await asyncio.to_thread(on_white, content)
            request, cover = await self._request(content, pixels)
            self._job = self._engine.submit(request)
            ready = await self._follow(self._job, document, cover)
            if ready is not None:
                await self._keep(document, ready.request or request, ready)
        finally:
            self._job, self.is_working = None, False
            self._jobs.set_progress(None)
            self._clear_overlay()
            self.progress_changed.emit()

    async def _follow(self, job: Job, document: Document, cover: Mask | None) -> ImageReady | None:
        """Shows how it comes, until its end."""
        size = document.content.size
        async for event in job.events():
            match event:
                case StepPreview():
                    self._jobs.set_progress(Progress.of(event))
                    if event.losses is not None:
                        self.losses = event.losses
                        self.progress_changed.emit()
                    if event.pixels.size:
                        self._overlay(document, _over(event.pixels[0], cover, size))
                case FinishProgress():
                    progress = Progress.of(event)
                    if job.request.stylize is not None:
                        progress = replace(progress, stage=JobStage.RESTYLING)
                    self._jobs.set_progress(progress)
                case ImageReady():
                    return event
                case JobFailed():
                    self._messages.tell(event.error)
                case JobCancelled():
                    pass
        return None

    async def _keep(self, document: Document, request: Request, ready: ImageReady) -> None:
        """First onto the disk, then into the document, so that nothing is lost."""
        previews = ready.previews[:, 0] if len(ready.previews) else None
        await self._library.record(
            ready.images[0],
            request,
            elapsed_s=ready.elapsed_s,
            previews=previews,
            snapshots=ready.snapshots,
        )
        if ready.painted is None:
            raise RuntimeError("a restyled picture without its layer")
        box, layer = ready.painted.box, ready.painted.pixels[0]
        alpha = np.ascontiguousarray(layer[..., 3])
        edit = add_generated(document.content, layer[..., :3], alpha, self._name, box.x, box.y)
        self._clear_overlay()
        document.do(edit)

    async def _request(self, content: Content, pixels: Pixels) -> tuple[Request, Mask | None]:
        """What to ask for `pixels`, the content or a small copy of it, and its mask, as large.

        Raises:
            StudioError: a value is out of range, or the disk refused.
        """
        size = Size(pixels.shape[1], pixels.shape[0])
        picture = await self._library.adopt(pixels)
        mask = self._mask(content, size)
        wishes = replace(
            self.wishes, feather_px=self.wishes.feather_px * size.width // content.size.width
        )
        if wishes.method is RestyleMethod.DIFFUSION:
            if not self._draft.keep_seed:
                self._draft.roll_seed()
            painted = np.full((size.height, size.width), 255, np.uint8) if mask is None else mask
            mask_ref = await self._library.adopt(to_picture(painted))
            described = replace(self._draft.as_request(), prompt=self.prompt.strip())
            model = self._draft.model
            return repainting(described, model, picture, painted, mask_ref, wishes), mask
        styles = [await self._source(choice) for choice in self.styles]
        outside = [await self._source(choice) for choice in self.outside if mask is not None]
        ref = None if mask is None else await self._library.adopt(to_picture(mask))
        return restyling(picture, tuple(styles), wishes, ref, tuple(outside)), mask

    async def _source(self, choice: StyleChoice) -> StyleSource:
        entry = choice.entry
        picture = None if entry.painted else await self._library.adopt(entry.path)
        return StyleSource(picture, entry.painted, choice.weight, choice.scale)

    def _mask(self, content: Content, size: Size) -> Mask | None:
        if not self.under_mask or not content.mask.count:
            return None
        mask = content.mask.read(content.area)
        if size != content.size:
            image = Image.fromarray(mask)
            image = image.resize((size.width, size.height), Image.Resampling.BOX)
            mask = np.asarray(image)
        return mask if mask.any() else None

    @property
    def _name(self) -> str:
        """The layer's."""
        if self.wishes.method is RestyleMethod.DIFFUSION:
            return self.prompt.strip()[:40]
        return " + ".join(choice.entry.name for choice in self.styles)[:40]

    # Over the document

    def _overlay(self, document: Document, layer: Layer) -> None:
        if document is self._editing.document:
            self._overlaid = document
            document.set_overlays((layer,))

    def _clear_overlay(self) -> None:
        if self._overlaid is not None:
            self._overlaid.set_overlays(())
            self._overlaid = None


def _fitted(size: Size, side_px: int) -> Size:
    """`size` with its longer side no longer than that."""
    share = min(1.0, side_px / max(size.width, size.height))
    return Size(max(1, round(size.width * share)), max(1, round(size.height * share)))


def _small(content: Content, size: Size) -> Pixels:
    """All that is seen of a document, on white and small: (h, w, 3)."""
    step = max(1, min(content.size.width // size.width, content.size.height // size.height) // 2)
    rough = sampled(content.layers, content.area, step)
    # Premultiplied, so what a pixel lacks is what shines through of the white.
    colours = rough[..., 2::-1] + (255 - rough[..., 3:])
    picture = Image.fromarray(colours).resize((size.width, size.height), Image.Resampling.BOX)
    return np.asarray(picture)


def _over(pixels: Pixels, cover: Mask | None, size: Size) -> Layer:
    """A layer as large as the document that shows `pixels` (h, w, 3) as far as `cover` says."""
    wh = size.width, size.height
    colours = np.asarray(Image.fromarray(pixels).resize(wh, Image.Resampling.BILINEAR))
    alpha = np.full(colours.shape[:2], 255, np.uint8)
    if cover is not None:
        alpha = np.asarray(Image.fromarray(cover).resize(wh, Image.Resampling.BILINEAR))
    image = TiledImage.of(np.dstack([colours, alpha]))
    return Layer("Style", image, LayerKind.GENERATED)
