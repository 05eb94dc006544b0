"""From a start to finished latents, with a preview of each step."""

from __future__ import annotations

import time
from collections.abc import Generator
from dataclasses import dataclass, replace

import torch

from studio.domain.events import Pixels, StepPreview
from studio.domain.request import Request
from studio.engine.branching import Branching
from studio.engine.control import Control
from studio.engine.denoise import Denoising, Step, denoise
from studio.engine.families.family import Family
from studio.engine.passes import Pass
from studio.engine.preview import Draw, make_previewer, no_preview
from studio.engine.snapshots import Checkpoint
from studio.engine.tasks.tools import Tools


@dataclass(frozen=True, slots=True)
class Sampled:
    """Finished latents (B, C, h, w), a preview (B, h, w, 3) of each step after `first_step`, and a
    checkpoint of each step from that one on. Of a second pass, too, steps are those of the whole.
    `request` is the one that gives these latents, if the artist had a hand in it."""

    latents: torch.Tensor
    previews: tuple[Pixels, ...]
    checkpoints: tuple[Checkpoint, ...]
    first_step: int
    request: Request | None


@dataclass(frozen=True, slots=True)
class Part:
    """One of a job's samplings: `before` and `after` are how many steps the others take.

    `started` is when the job began, in `time.perf_counter()`'s seconds. While it is `open_ended`
    the artist may end it early, before what comes after it, or have it go further.
    """

    started: float
    before: int = 0
    after: int = 0
    open_ended: bool = True


def sample(
    branching: Branching, request: Request, control: Control, part: Part
) -> Generator[StepPreview, None, Sampled | None]:
    """Take the steps of `request` that are those of the branching's pass.

    An open-ended part ends early with the picture as it is by then, or goes further, if `control`
    says so.

    Returns:
        None when `control` said stop between two steps.

    Raises:
        StudioError: a model or a picture is gone, or the request can't grow from its step.
        StartMissing: as `Branching.begin`.
    """
    tools, before = branching.tools, branching.before
    watch = _Watch(tools, control, part)
    job = yield from _begun(branching, request, watch, control)
    if job is None:
        return None
    watch.begin(tools.family(branching.taker(request, job.step)), job.step)
    first_step, checkpoints = job.step, [job.checkpoint()]
    # What was wished for in a first pass was done there.
    further = control.further_steps if branching.which is Pass.SECOND else 0
    wished, steps = request, denoise(job)
    last = branching.last_step(request, job)
    handover = branching.hands_over_after(wished)
    while not control.cancelled:
        if part.open_ended and control.further_steps > further:
            more, further = control.further_steps - further, control.further_steps
            wished, job = branching.go_further(wished, job, more)
            checkpoints[-1], steps = job.checkpoint(), denoise(job)
            last = branching.last_step(wished, job)
            handover = branching.hands_over_after(wished)
        step = next(steps)
        checkpoints.append(step.checkpoint)
        if (preview := watch.see(step, last)) is not None:
            yield preview
        if part.open_ended and control.stops_here and (step.number < last or part.after):
            wished, last = replace(wished, last_step=before + step.number), step.number
        if step.number == last and not control.cancelled:
            return Sampled(
                latents=job.latents if last == job.total_steps else step.denoised(),
                previews=tuple(watch.previews()),
                checkpoints=tuple(replace(it, step=before + it.step) for it in checkpoints),
                first_step=before + first_step,
                request=None if wished is request else wished,
            )
        if step.number == handover:
            handed, schedule = job.checkpoint(), job.schedule
            # Nothing may hold the model that has to make room for the refiner.
            del job, steps
            watch.rest()
            job = branching.hand_over(wished, handed, schedule)
            watch.follow(tools.family(branching.taker(wished, job.step)))
            checkpoints[-1], steps = job.checkpoint(), denoise(job)
    return None


def _begun(
    branching: Branching, request: Request, watch: _Watch, control: Control
) -> Generator[StepPreview, None, Denoising | None]:
    """Where `request` begins, with previews of the steps that are taken on the way; None when
    `control` said stop between two of them."""
    beginning, last = branching.begin(request), branching.which.alone(request).steps_taken
    taker = None
    while not control.cancelled:
        try:
            step, family = next(beginning)
        except StopIteration as end:
            job: Denoising = end.value
            return job
        if family is not taker:
            taker = family
            watch.begin(family, step.number - 1)
        if (preview := watch.see(step, last)) is not None:
            yield preview
    return None


class _Watch:
    """Makes previews of a part's steps."""

    def __init__(self, tools: Tools, control: Control, part: Part) -> None:
        self._tools = tools
        self._control = control
        self._part = part

    def begin(self, family: Family, first_step: int) -> None:
        """From now on these are the steps after `first_step`, taken with `family`."""
        self.follow(family)
        self._previewer = make_previewer(self._drawn, self._tools.device.torch_device)
        self._first_step = first_step
        self._began = time.perf_counter()

    def follow(self, family: Family) -> None:
        """The next steps are taken with `family`, but belong to those before."""
        self._draw: Draw = family.preview if self._tools.previews else no_preview

    def rest(self) -> None:
        """Let go of the family."""
        self._draw = no_preview

    def _drawn(self, latents: torch.Tensor) -> torch.Tensor:
        return self._draw(latents)

    def see(self, step: Step, last: int) -> StepPreview | None:
        """The newest preview there is, of the steps up to `step`; `last` is the last one."""
        if (newest := self._previewer.offer(step.number, step.denoised())) is None:
            return None
        number, pixels = newest
        now = time.perf_counter()
        return StepPreview(
            generation=self._control.generation,
            step=self._part.before + number,
            total_steps=self._part.before + last + self._part.after,
            pixels=pixels,
            elapsed_s=now - self._part.started,
            seconds_per_step=(now - self._began) / (number - self._first_step),
        )

    def previews(self) -> Pixels:
        """Those of all steps since it began, (N, B, h, w, 3)."""
        return self._previewer.all()
