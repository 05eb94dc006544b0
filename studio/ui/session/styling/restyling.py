"""The picture on the canvas in another style: chosen, tried out, and kept as a layer."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import ClassVar, Final

import numpy as np
from psygnal import Signal

from studio.catalog import Catalog
from studio.document import Change, Document, Layer
from studio.document.edits import add_generated
from studio.document.masks import Mask
from studio.document.rendering.composite import on_white
from studio.document.restyling import NO_GUIDES, RestyleMethod, RestyleWishes
from studio.domain.errors import RequestError
from studio.domain.events import (
    FinishProgress,
    ImageReady,
    JobCancelled,
    JobFailed,
    Losses,
    StepPreview,
)
from studio.domain.request import Request
from studio.domain.stylize import StyleColours
from studio.engine import Engine, Job
from studio.library import Library, Picture
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.jobs import Jobs
from studio.ui.session.messages import Messages
from studio.ui.session.painting.editing import Editing
from studio.ui.session.pictures.origins import Origins
from studio.ui.session.progress import JobStage, Progress
from studio.ui.session.recording import record
from studio.ui.session.shown import Shown
from studio.ui.session.styling.style_guiding import StyleGuiding
from studio.ui.session.styling.style_orders import StyleChoice, StyleOrder, StyleRequests
from studio.ui.session.styling.style_trial import StyleTrial, style_layer

# Of the denoising, where at 1 nothing of the picture is left.
USUAL_DENOISING: Final = 0.6
_NAME_CHARS: Final = 40
_ONLY_INSTANT: Final = "The painted styles are there for the instant method only."


class Restyling:
    """Holds what the style pane shows, tries it out small at once, and applies it in full.

    What is on its way lies over the document without being a part of it. `apply` puts the whole
    picture into the history and makes it a layer of its own, with the mask's alpha.

    Signals:
        wishes_changed(): the styles, the method or what it is told or shows, or the document's
            mask.
        progress_changed(): whether it works or tries out, and the losses so far.
        applied(picture): this picture of the history became a layer.
    """

    wishes_changed: ClassVar[Signal] = Signal()
    progress_changed: ClassVar[Signal] = Signal()
    applied: ClassVar[Signal] = Signal(Picture)

    def __init__(
        self,
        draft: Draft,
        catalog: Catalog,
        engine: Engine,
        library: Library,
        shown: Shown,
        editing: Editing,
        jobs: Jobs,
        origins: Origins,
        messages: Messages,
        background: Background,
    ) -> None:
        self.wishes = RestyleWishes()
        self.styles: tuple[StyleChoice, ...] = ()
        self.outside: tuple[StyleChoice, ...] = ()
        self.prompt = ""
        self.guiding = StyleGuiding(catalog, draft)
        self.under_mask = True
        self.tries_out = True
        self.is_working = False
        self.losses: Losses | None = None
        self._engine = engine
        self._library = library
        self._shown = shown
        self._editing = editing
        self._jobs = jobs
        self._origins = origins
        self._messages = messages
        self._background = background
        self._requests = StyleRequests(draft, library)
        self.trial = StyleTrial(engine, messages, background, self._requests)
        self.strengths = dict.fromkeys(RestyleMethod, self.wishes.strength)
        self.strengths[RestyleMethod.DIFFUSION] = USUAL_DENOISING
        self._document: Document | None = None
        self._job: Job | None = None
        self._is_stopped = False
        self._layer: Layer | None = None
        self.guiding.changed.connect(self._on_guiding_changed)
        self.trial.changed.connect(self._on_trial_changed)
        editing.document_changed.connect(self._on_document_changed)
        editing.on_canvas_changed.connect(self._on_canvas_changed)

    @property
    def has_mask(self) -> bool:
        """Whether the document on the canvas has a mask to keep to."""
        document = self._on_canvas
        return document is not None and bool(document.content.mask.count)

    @property
    def is_running(self) -> bool:
        """Whether the engine is at it: not before its turn comes."""
        return self._job is not None and self._engine.running is self._job

    @property
    def problem(self) -> str:
        """What is missing before it can be applied; empty when nothing is."""
        if self._on_canvas is None and self._shown.finished_pixels is None:
            return "There is no picture on the canvas yet."
        if self.wishes.method is RestyleMethod.DIFFUSION:
            return self._problem_of_diffusion
        if not self.styles:
            return "Choose a style."
        painted = any(choice.entry.painted for choice in (*self.styles, *self.outside))
        if painted and self.wishes.method is not RestyleMethod.INSTANT:
            return _ONLY_INSTANT
        return ""

    @property
    def _problem_of_diffusion(self) -> str:
        has_words, sees_styles = bool(self.prompt.strip()), self.guiding.sees_styles
        if sees_styles and any(choice.entry.painted for choice in self.styles):
            return _ONLY_INSTANT
        if has_words or (sees_styles and self.styles):
            return ""
        return "Say which style, or choose a picture of it." if sees_styles else "Say which style."

    @property
    def _on_canvas(self) -> Document | None:
        """The document, if the canvas shows it."""
        return self._editing.document if self._editing.is_on_canvas else None

    @property
    def _order(self) -> StyleOrder:
        is_diffusion = self.wishes.method is RestyleMethod.DIFFUSION
        guides = self.guiding.guides if is_diffusion else NO_GUIDES
        return StyleOrder(
            self.wishes, self.styles, self.outside, self.prompt, self.under_mask, guides
        )

    # What the artist decides

    def set_wishes(self, wishes: RestyleWishes) -> None:
        """How to take on the style; while the optimised method runs its weights change at once."""
        if wishes == self.wishes:
            return
        if self._job is not None and wishes.weights != self.wishes.weights:
            self._job.reweigh(wishes.weights)
        self.wishes = wishes
        self.strengths[wishes.method] = wishes.strength
        self._on_changed()

    def set_method(self, method: RestyleMethod) -> None:
        """Choose the method; each has its own strength."""
        self.set_wishes(replace(self.wishes, method=method, strength=self.strengths[method]))

    def set_strength(self, strength: float, method: RestyleMethod | None = None) -> None:
        """How much of the style a method takes on, by default the chosen one: 0 to 1."""
        method = method or self.wishes.method
        self.strengths[method] = strength
        if method is self.wishes.method:
            self.set_wishes(replace(self.wishes, strength=strength))

    def set_colours(self, colours: StyleColours) -> None:
        """Whose colours the result has."""
        self.set_wishes(replace(self.wishes, colours=colours))

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

    def set_tries_out(self, tries_out: bool) -> None:
        """Whether the instant method shows on the canvas at once what it would come to."""
        if tries_out != self.tries_out:
            self.tries_out = tries_out
            self._on_changed()

    # What the artist does

    def try_out(self) -> None:
        """Show on the canvas, small, what the instant method would come to, if that is wanted.
        The shown picture becomes an artwork, as it does by any tool."""
        if self.is_working:
            return
        document = None
        is_instant = self.wishes.method is RestyleMethod.INSTANT
        if self.tries_out and is_instant and not self.problem:
            document = self._on_canvas or self._editing.open_shown()
        if document is None:
            self.trial.end()
        else:
            self.trial.show(document, self._order)

    def apply(self) -> None:
        """Make it in full, as a layer and in the history. The shown picture becomes an artwork."""
        if self.is_working:
            return
        if problem := self.problem:
            self._messages.tell(RequestError(problem))
            return
        document = self._on_canvas or self._editing.open_shown()
        if document is not None:
            self.is_working, self._is_stopped, self.losses = True, False, None
            # What was tried out stays until there is more to see.
            if document.overlays:
                self._layer = document.overlays[0]
            self.trial.leave()
            self.progress_changed.emit()
            self._background.start(self._apply, document)

    def stop(self) -> None:
        """Let go of what is under way."""
        self._is_stopped = True
        if self._job is not None:
            self._job.cancel()

    def stop_here(self) -> None:
        """Take the picture as it is by now, where the method goes step by step."""
        if self._job is not None:
            self._job.stop_here()

    def discard(self) -> None:
        """Let go of what is under way or was tried out: the document is shown as it is."""
        self.stop()
        self.trial.end()

    # Applying

    async def _apply(self, document: Document) -> None:
        content = document.content
        try:
            pixels = await asyncio.to_thread(on_white, content)
            request, cover = await self._requests.of(self._order, content, pixels)
            if self._is_stopped:
                return
            self._job = self._engine.submit(request)
            ready = await self._follow(self._job, document, cover)
            if ready is not None:
                await self._keep(document, ready.request or request, ready)
        finally:
            self._job, self.is_working = None, False
            self._jobs.set_progress(None)
            self._clear_overlay(document)
            self.progress_changed.emit()

    async def _follow(self, job: Job, document: Document, cover: Mask | None) -> ImageReady | None:
        """Shows how it comes, until its end."""
        size = document.content.size
        async for event in job.events():
            match event:
                case StepPreview():
                    if event.step:
                        self._jobs.set_progress(Progress.of(event))
                    if event.losses is not None:
                        self.losses = event.losses
                        self.progress_changed.emit()
                    if event.pixels.size and document is self._editing.document:
                        self._layer = await asyncio.to_thread(
                            style_layer, event.pixels[0], cover, size
                        )
                        document.set_overlays((self._layer,))
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
        name = self._name
        previews = [preview[0] for preview in ready.previews] or None
        picture = await record(self._library, ready, request, previews, self._origins.of(document))
        self.applied.emit(picture)
        if ready.painted is None:
            raise RuntimeError("a restyled picture without its layer")
        box, layer = ready.painted.box, ready.painted.pixels[0]
        alpha = np.ascontiguousarray(layer[..., 3])
        edit = add_generated(document.content, layer[..., :3], alpha, name, box.x, box.y)
        self._clear_overlay(document)
        document.do(edit)
        document.sources = (picture.pixel_digest,)

    @property
    def _name(self) -> str:
        """The layer's."""
        words = self.prompt.strip()
        if self.wishes.method is RestyleMethod.DIFFUSION and words:
            return words[:_NAME_CHARS]
        return " + ".join(choice.entry.name for choice in self.styles)[:_NAME_CHARS]

    def _clear_overlay(self, document: Document) -> None:
        if document.overlays and document.overlays[0] is self._layer:
            document.set_overlays(())
        self._layer = None

    # What changed

    def _on_changed(self) -> None:
        self.try_out()
        self.wishes_changed.emit()

    def _on_guiding_changed(self) -> None:
        self.wishes_changed.emit()

    def _on_trial_changed(self) -> None:
        self.progress_changed.emit()

    def _on_canvas_changed(self) -> None:
        self.wishes_changed.emit()

    def _on_document_changed(self) -> None:
        self.discard()
        if self._document is not None:
            self._document.changed.disconnect(self._on_edited)
        self._document = self._editing.document
        if self._document is not None:
            self._document.changed.connect(self._on_edited)

    def _on_edited(self, change: Change) -> None:
        if change.mask is not None:
            self.wishes_changed.emit()
