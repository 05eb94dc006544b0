"""Going on from the step on show: keep it, finish it, branch from it, paint on it."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, replace
from functools import partial
from typing import Final

from studio.document import Artwork
from studio.domain.branch import Branch
from studio.domain.limits import MAX_STEPS
from studio.domain.request import Request
from studio.domain.task import Task
from studio.engine import Engine
from studio.library import Library
from studio.library.picture import Parent, ParentRole
from studio.ui.session.background import Background
from studio.ui.session.branch_point import BranchPoint, owner
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.emergence import Emergence
from studio.ui.session.jobs import Jobs
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.painted_step import canvas_of
from studio.ui.session.painting.tools import ToolName, Tools
from studio.ui.session.pictures.history import History
from studio.ui.session.pictures.origins import Origin
from studio.ui.session.shown import Shown

_CHANGES: Final = "It was told to go further: its steps can be branched from when it is finished."
_SECOND: Final = "The second pass takes as many steps as were asked for."
_NO_STEPS: Final = "Only what a model drew in one go has steps to go on from."


@dataclass(frozen=True, slots=True)
class Offers:
    """What can be done with the step on show; `why_not` says what keeps one from branching."""

    keep: bool = False
    finish: bool = False
    branch: bool = False
    paint: bool = False
    make_anew: bool = False
    why_not: str = ""


class Branching:
    """What can be done with the step on show, of a finished picture or a running one."""

    def __init__(
        self,
        draft: Draft,
        artwork: Artwork,
        engine: Engine,
        library: Library,
        shown: Shown,
        editing: Editing,
        tools: Tools,
        jobs: Jobs,
        history: History,
        messages: Messages,
        background: Background,
    ) -> None:
        self._draft = draft
        self._artwork = artwork
        self._engine = engine
        self._library = library
        self._shown = shown
        self._editing = editing
        self._tools = tools
        self._jobs = jobs
        self._history = history
        self._messages = messages
        self._background = background
        artwork.start_changed.connect(self._on_start_changed)
        editing.document_changed.connect(self._on_document_changed)
        jobs.ended_early.connect(self._on_ended_early)

    @property
    def offers(self) -> Offers:
        """What can be done with the step on show now."""
        emergence = self._shown.emergence
        if emergence is None or emergence.request is None:
            is_running = emergence is not None and emergence is self._jobs.drawing
            return Offers(why_not=_CHANGES if is_running else _NO_STEPS)
        request, step = emergence.request, emergence.shown_step
        is_whole = emergence.is_complete and step >= request.steps_taken
        has_noise = 1 <= step < request.whole_way
        return Offers(
            keep=has_noise and not is_whole,
            finish=emergence.is_complete and request.steps_taken < request.whole_way,
            branch=has_noise,
            paint=has_noise and request.task is Task.GENERATE,
            make_anew=emergence.is_complete and not emergence.has_frames,
            why_not="" if has_noise else "Choose an earlier step: after the last none is left.",
        )

    def keep_step(self) -> None:
        """Make the step on show a picture of its own in the history."""
        if (at := self._at(self.offers.keep)) is not None:
            self._background.start(self._keep_step, at)

    def finish_from_here(self) -> None:
        """Take the steps that a picture which was ended early has left."""
        emergence = self._shown.emergence
        if emergence is None or emergence.request is None or not self.offers.finish:
            self._tell_no("There is nothing left to take: this picture went all its way.")
            return
        self._finish(emergence.request, emergence)

    def branch_from_here(self) -> None:
        """Have the next pictures grow from the step on show, by the prompt panel's settings."""
        if (at := self._at(self.offers.branch)) is not None:
            self._branch_from(at)

    def leave_branch(self) -> None:
        """Let the next pictures begin anew; what was painted stays an artwork."""
        self._draft.branch = None

    def reaches(self, point: BranchPoint) -> bool:
        """Whether what the panel says goes beyond a point to branch from."""
        parent, draft = point.parent, self._draft
        if point.step >= parent.first_way:
            return point.step > parent.first_way or draft.hires is not None
        plain = replace(parent, last_step=None, branch=None)
        return replace(plain, num_inference_steps=draft.num_inference_steps).first_way > point.step

    def use_settings(self) -> None:
        """Take what the picture was made with, that the next ones branch from, into the panel."""
        if (point := self._draft.branch) is None:
            return
        parent, draft = point.parent, self._draft
        draft.prompt, draft.negative_prompt = parent.prompt, parent.negative_prompt
        draft.num_inference_steps = parent.num_inference_steps
        draft.guidance_scale, draft.scheduler = parent.guidance_scale, parent.scheduler
        draft.seed, draft.keep_seed = parent.seed, True
        draft.take_changes(parent)
        draft.take_second_pass(parent)

    def paint_on_step(self) -> None:
        """Open the step on show as an artwork; the next pictures grow from it and from what is
        painted over it."""
        if (at := self._at(self.offers.paint)) is not None:
            self._background.start(self._paint_on_step, at)

    def make_steps_anew(self) -> None:
        """Take the steps of the picture on show once more, to be seen; they made room."""
        emergence = self._shown.emergence
        if emergence is not None and emergence.request is not None and self.offers.make_anew:
            self._background.start(self._make_steps_anew, emergence, emergence.request)

    def show_parent(self, branch: Branch) -> None:
        """Show the picture that one grew from; offers to make it again if it isn't there."""
        self._background.start(self._show_parent, branch)

    def stop_here(self) -> None:
        """End the running picture before its next step, and keep it as it is by then."""
        if self._jobs.drawing is None:
            self._tell_no("No picture is being drawn now.")
        else:
            self._jobs.stop_here()

    def go_further(self, steps: int) -> None:
        """Have the running picture take more steps than it would."""
        drawing = self._jobs.drawing
        if drawing is None:
            self._tell_no("No picture is being drawn now.")
        elif 0 < drawing.first_way <= drawing.newest_step:
            self._tell_no(_SECOND)
        elif (drawing.first_way or drawing.total_steps) + steps > MAX_STEPS:
            self._tell_no(f"A picture takes at most {MAX_STEPS} steps.")
        else:
            self._jobs.go_further(steps)

    def _at(self, is_offered: bool) -> BranchPoint | None:
        """The step on show; says why not if it doesn't offer what was asked for."""
        emergence = self._shown.emergence
        if not is_offered or emergence is None or emergence.request is None:
            self._tell_no(self.offers.why_not or "This step can't be gone on from.")
            return None
        step = emergence.shown_step
        return BranchPoint(owner(emergence.request, step), step, frames=emergence.frames(step))

    def _tell_no(self, sentence: str) -> None:
        self._messages.notice.emit(Notice(sentence, is_error=False))

    def _branch_from(self, point: BranchPoint) -> None:
        start = self._artwork.start
        self._draft.branch = point
        self._draft.take_second_pass(point.parent)
        if start is not None and start.ref != point.parent.init_image:
            self._artwork.start_from(None)

    def _finish(self, request: Request, emergence: Emergence) -> None:
        # As a branch, so that the steps which were taken needn't be taken again.
        last = request.steps_taken
        whole = replace(request, last_step=None, branch=Branch(request, last))
        self._jobs.submit(whole, emergence.frames(last))

    def _ended_at(self, point: BranchPoint) -> tuple[Request, Emergence]:
        request = replace(point.parent, last_step=point.step)
        return request, Emergence.of_request(request, point.frames)

    async def _keep_step(self, point: BranchPoint) -> None:
        request, emergence = self._ended_at(point)
        of_picture = Origin(parents=(Parent(ParentRole.BRANCH, point.parent.digest),))
        made = await self._jobs.follow(
            self._engine.submit(request), emergence, on_show=False, origin=of_picture
        )
        if made is not None and made.picture is not None:
            self._messages.notice.emit(
                Notice(
                    f"Step {point.step} is a picture of its own in the history now.",
                    is_error=False,
                    action=("Show it", partial(self._history.show, made.picture)),
                )
            )

    async def _paint_on_step(self, point: BranchPoint) -> None:
        request, emergence = self._ended_at(point)
        job = self._engine.submit(request)
        # Who wants to paint waits for it.
        self._engine.move(job, 0)
        made = await self._jobs.follow(job, emergence, on_show=False, is_kept=False)
        if made is None:
            return
        canvas = canvas_of(made.ready.images[0], point.step)
        self._editing.open(canvas.document)
        self._tools.active = ToolName.BRUSH
        self._branch_from(replace(point, canvas=canvas))

    async def _make_steps_anew(self, emergence: Emergence, request: Request) -> None:
        if request.task is Task.GENERATE:
            request = replace(request, upscale=1)
        fresh = Emergence.of_request(request)

        def on_frame() -> None:
            emergence.take_frames(fresh)

        fresh.frames_changed.connect(on_frame)
        job = self._engine.submit(request)
        await self._jobs.follow(job, fresh, on_show=False, is_kept=False)

    async def _show_parent(self, branch: Branch) -> None:
        parent = branch.parent
        picture = await asyncio.to_thread(self._library.made_by, parent.digest)
        if picture is not None:
            self._history.show(picture)
            return
        self._messages.notice.emit(
            Notice(
                "The picture that this one branched from isn't in the history any more.",
                is_error=False,
                action=("Make it again", partial(self._jobs.submit, parent)),
            )
        )

    def _on_ended_early(self, emergence: Emergence) -> None:
        request = emergence.request
        if request is None or request.steps_taken == request.whole_way:
            return
        self._messages.notice.emit(
            Notice(
                f"Kept as it was after step {request.steps_taken} of {request.whole_way}.",
                is_error=False,
                action=("Finish it", partial(self._finish, request, emergence)),
            )
        )

    def _on_start_changed(self) -> None:
        start, point = self._artwork.start, self._draft.branch
        if start is not None and point is not None and start.ref != point.parent.init_image:
            self.leave_branch()

    def _on_document_changed(self) -> None:
        point = self._draft.branch
        canvas = None if point is None else point.canvas
        if canvas is not None and canvas.document is not self._editing.document:
            self.leave_branch()
