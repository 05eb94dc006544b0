"""Where a job begins that keeps a step or grows from one: by what was kept, or by taking the steps
anew. Both give the same bits."""

from __future__ import annotations

import logging
from collections.abc import Generator, Iterator
from dataclasses import dataclass, field, replace

import torch

from studio.domain.branch import MAX_DEPTH, Branch
from studio.domain.errors import RequestError, StudioError
from studio.domain.geometry import Box
from studio.domain.limits import MAX_STEPS
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.engine.conditioning import NOTHING, Conditioning
from studio.engine.controls.binding import bind_controls
from studio.engine.denoise import Denoising, Step, denoise, prepare
from studio.engine.families.family import Family
from studio.engine.noise_mending import taken_over
from studio.engine.painted_steps import imagined, paint_over
from studio.engine.passes import Pass
from studio.engine.refining import Asked, takers
from studio.engine.schedule import Schedule, goes_on, schedule_of, who_took
from studio.engine.snapshots import Checkpoint, to_checkpoint
from studio.engine.tasks.tools import Tools

logger = logging.getLogger(__name__)

Taken = tuple[Step, Family]
"""A step that had to be taken anew, and the model that took it."""


class StartMissing(Exception):
    """What was kept doesn't lead to where a second pass is to begin: the first must be taken."""


@dataclass(frozen=True, slots=True)
class State:
    """`request` after a step: `schedule` is the one by which the latents were made."""

    request: Request
    checkpoint: Checkpoint
    schedule: Schedule


@dataclass(frozen=True, slots=True)
class Branching:
    """The ways to the steps of one request and of those that it grows from, in one of its passes.

    `init_pixels`, `change` and `init_latents`, as in `prepare`, are the same for all of them. A
    second pass may do without, if what it goes on from was kept. Steps are those of the pass;
    `before` it there are so many, with which they are kept. `asked` and `wholes` note for which
    requests the steps of others were kept: with a refiner, and of both passes.
    """

    tools: Tools
    init_pixels: torch.Tensor | None = None
    change: torch.Tensor | None = None
    init_latents: torch.Tensor | None = None
    area: Box | None = None
    which: Pass = Pass.FIRST
    before: int = 0
    asked: Asked = field(default_factory=dict)
    wholes: dict[Request, set[Request]] = field(default_factory=dict)

    def takers(self, request: Request) -> tuple[Request, ...]:
        """Who takes the steps that are `request`'s own: itself, or its model and its refiner."""
        for whole in self.which.line(request):
            if (alone := self.which.alone(whole)) is not whole:
                self.wholes.setdefault(_to_its_end(alone), set()).add(whole)
        return takers(self.which.alone(request), self.tools.scheduler_config, self.asked)

    def last_step(self, request: Request, job: Denoising) -> int:
        """The last one that `job`, of `request`, is to take."""
        last = self.which.alone(request).last_step
        return job.total_steps if last is None else min(last, job.total_steps)

    def begin(self, request: Request) -> Generator[Taken, None, Denoising]:
        """A job of `request` before its first own step; before its last one, if that is all that
        is left to do. Yields the steps that have to be taken for that.

        Raises:
            StudioError: a model or a picture is gone, or the request can't grow from that step.
            StartMissing: this pass must be begun anew, and there is nothing to start from.
        """
        own = self.takers(request)
        if own[-1].last_step is not None:
            job = self._restored(own[-1], own[-1].steps_taken - 1)
            if job is not None:
                return job
        if own[0].branch is None:
            return self._begun(own[0])
        return (yield from self._job(own[0], own[0].branch.step))

    def taker(self, request: Request, step: int) -> Request:
        """Who goes on after `step` of `request`."""
        return who_took(self.takers(request)[-1], step)

    def hands_over_after(self, request: Request) -> int | None:
        """After which step of its own the model of `request` hands over to the refiner."""
        *before, last = self.takers(request)
        return last.branch.step if before and last.branch is not None else None

    def hand_over(self, request: Request, before: Checkpoint, schedule: Schedule) -> Denoising:
        """A job of the refiner of `request`, which goes on from there."""
        first, refining = self.takers(request)
        return self.grow(refining, State(first, before, schedule))

    def grow(self, request: Request, parent: State) -> Denoising:
        """A job of the branch `request` before its first own step."""
        job = self._prepared(request)
        latents = parent.checkpoint.latents
        if latents.shape != job.latents.shape:
            raise RequestError(
                f"“{request.model}” draws other latents than the model of this step.",
                "Keep the model, or choose one of the same kind.",
            )
        carries_on = goes_on(request, parent.request, parent.schedule, self.tools.scheduler_config)
        if carries_on:
            job.restore(parent.checkpoint)
        for i, generator in enumerate(job.generators):
            if request.seed != parent.request.seed:
                generator.manual_seed(request.seed + i)
            else:
                generator.set_state(parent.checkpoint.generators[i])
        if not carries_on:
            family = self.tools.family(request)
            latents = latents.to(job.latents.dtype)
            job.latents = taken_over(latents, parent.schedule, job, request, family)
        return job

    def go_further(self, request: Request, job: Denoising, steps: int) -> tuple[Request, Denoising]:
        """Take so many steps more than `job`, of `request`, has left: the request that gives what
        comes of it, and its job. Both as they are where that can't be."""
        longer = with_more_steps(request, job.step, steps, self.which)
        if longer.branch is request.branch:
            return longer, job
        try:
            state = State(self.taker(request, job.step), job.checkpoint(), job.schedule)
            return longer, self.grow(self.takers(longer)[0], state)
        except RequestError as error:
            logger.info("no %d steps more: %s", steps, error)
            return request, job

    def _job(self, request: Request, step: int) -> Generator[Taken, None, Denoising]:
        """A job of the one that took `step`, after it."""
        if (job := self._restored(request, step)) is not None:
            return job
        taker = who_took(request, step)
        branch = taker.branch
        if branch is None:
            job = self._begun(taker)
        else:
            parent = yield from self._state(branch.parent, branch.step, branch.painted)
            job = self.grow(taker, parent)
        if job.step < step:
            family = self.tools.family(taker)
            for taken in denoise(job):
                yield taken, family
                if taken.number == step:
                    break
        return job

    def _state(
        self, request: Request, step: int, painted: PictureRef | None
    ) -> Generator[Taken, None, State]:
        """What a branch of `request` grows from."""
        if painted is not None:
            job = yield from self._painted(request, step, painted)
        elif (kept := self._kept(request, step)) is not None:
            return kept
        else:
            job = yield from self._job(request, step)
        return State(who_took(request, step), job.checkpoint(), job.schedule)

    def _painted(
        self, request: Request, step: int, painted: PictureRef
    ) -> Generator[Taken, None, Denoising]:
        """A job of the one that took `step`, after it and painted over."""
        taker = who_took(request, step)
        first = 0 if taker.branch is None else taker.branch.step
        # What the model imagined isn't kept: the step is taken once more.
        job = yield from self._job(request, max(first, step - 1))
        family, last = self.tools.family(taker), None
        if job.step < step:
            last = next(denoise(job))
            yield last, family
        paint_over(job, imagined(job, last), self.tools.painted(painted), family, taker.seed)
        return job

    def _begun(self, request: Request) -> Denoising:
        """A job of `request`, which grows from none, before its first step."""
        if self.which is Pass.SECOND and self.init_pixels is None and self.init_latents is None:
            raise StartMissing
        return self._prepared(request)

    def _prepared(self, request: Request) -> Denoising:
        family = self.tools.family(request)
        schedule = schedule_of(request, self.tools.scheduler_config)
        tools = self.tools
        references = tools.reference_adapters.bind(request, family, tools.picture)
        controls = bind_controls(request, family, tools, self.area, self.init_pixels, self.change)
        looks = bool(controls) or references is not None
        return prepare(
            family,
            request,
            self.init_pixels,
            self.change,
            schedule,
            Conditioning(controls=controls, references=references) if looks else NOTHING,
            self.init_latents,
        )

    def _restored(self, request: Request, step: int) -> Denoising | None:
        """A job of the one that took `step`, after it; None if that wasn't kept."""
        kept = self._kept(request, step)
        if kept is None:
            return None
        job = self._prepared(kept.request)
        try:
            job.restore(kept.checkpoint)
        except RequestError as error:
            _log_lost(step, error)
            return None
        return job

    def _kept(self, request: Request, step: int) -> State | None:
        """What was kept of a step, unless it is damaged."""
        if self.which is Pass.SECOND and step == 0:
            return None
        taker = who_took(request, step)
        for digest in self._digests(request, step):
            try:
                snapshot = self.tools.find_snapshot(digest, self.before + step)
                if snapshot is not None:
                    kept = to_checkpoint(snapshot, self.tools.device.torch_device)
                    checkpoint = replace(kept, step=step)
                    schedule = schedule_of(taker, self.tools.scheduler_config)
                    checkpoint.scheduler.apply_to(schedule.scheduler)
                    return State(taker, checkpoint, schedule)
            except StudioError as error:
                _log_lost(step, error)
        return None

    def _digests(self, request: Request, step: int) -> Iterator[str]:
        """Under which digests `step` of a request may have been kept: it is the same one whether or
        not the way ended early, and a job that was told to go further kept its parent's steps, too.
        With a refiner they were kept for the whole, and so they were with two passes."""
        while True:
            for asked in self.asked.get(request, (request,)):
                for kept_for in (asked, *self.wholes.get(_to_its_end(asked), ())):
                    yield kept_for.digest
                    if kept_for.last_step is not None:
                        yield _to_its_end(kept_for).digest
            if request.branch is None or step >= request.branch.step:
                return
            request = request.branch.parent


def _log_lost(step: int, error: StudioError) -> None:
    logger.info("step %d is taken anew: %s", step, error)


def _to_its_end(request: Request) -> Request:
    return request if request.last_step is None else replace(request, last_step=None)


def with_more_steps(request: Request, step: int, further: int, which: Pass = Pass.FIRST) -> Request:
    """What comes of `request` if from `step` on it has `further` steps more to take, or as many as
    there can be: a branch of it, or a later last step. The second pass has as many as were asked
    for."""
    if request.last_step is not None:
        last = request.last_step + further
        return replace(request, last_step=last if last < request.whole_way else None)
    if which is Pass.SECOND or not can_grow(request):
        return request
    way, steps = request.first_way + further, request.num_inference_steps
    longer = request
    while longer.first_way < way and steps < MAX_STEPS:
        steps += 1
        longer = replace(request, num_inference_steps=steps)
    if longer.first_way == request.first_way:
        return request
    return replace(longer, branch=Branch(request, step))


def can_grow(request: Request) -> bool:
    """Whether there can be branches of what a request makes."""
    areas = 1 if request.inpaint is None else len(request.inpaint.boxes)
    depth = 0 if request.branch is None else request.branch.depth
    return request.num_images_per_prompt == areas == 1 and depth < MAX_DEPTH
