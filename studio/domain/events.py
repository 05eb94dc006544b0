"""What an engine tells about a job while it runs. Pixels are uint8 RGB, row by row, 0 to 255."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from studio.domain.errors import StudioError
from studio.domain.geometry import Box
from studio.domain.making import Making
from studio.domain.request import Request

Pixels = NDArray[np.uint8]
Losses = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class StepSnapshot:
    """All that is needed to go on from one step, bit for bit.

    `step` counts finished steps, 0 (the noise) to the total. `tensors` holds the latents, the
    generators' states and the scheduler's own tensors, by name, in the dtype the engine computed
    in (bfloat16 travels as uint16 and is named in `state`). `state` is JSON: the scheduler's plain
    values.
    """

    step: int
    tensors: Mapping[str, NDArray[np.generic]]
    state: str


@dataclass(frozen=True, slots=True)
class JobStarted:
    """The inference thread took the job up. Sent once, before the first step."""

    generation: int


@dataclass(frozen=True, slots=True)
class StepPreview:
    """How the picture looks after `step` of `total_steps` steps (1 is the first).

    `pixels` is (B, h, w, 3); h and w may be smaller than the picture's (a preview at the latents'
    resolution). A preview may be dropped for a newer one: never count on seeing them all. `losses`
    (step, 3) are the content's, the style's and all together after each step of a picture that
    comes nearer to a style.
    """

    generation: int
    step: int
    total_steps: int
    pixels: Pixels = field(repr=False)
    elapsed_s: float
    seconds_per_step: float
    losses: Losses | None = field(default=None, repr=False)


@dataclass(frozen=True, slots=True)
class FinishProgress:
    """How far upscaling is: `tile` of `total_tiles` of the job's pictures are done, from 0 on.

    `elapsed_s` counts from the first tile's beginning; `seconds_per_tile` is 0 before its end. May
    be dropped for a newer one.
    """

    generation: int
    tile: int
    total_tiles: int
    elapsed_s: float
    seconds_per_tile: float


@dataclass(frozen=True, slots=True)
class PaintedLayer:
    """What inpainting painted, without what lies under it.

    `pixels` is (B, h, w, 4) with straight alpha and lies at `box` of the finished picture: over the
    start picture it gives the finished one.
    """

    box: Box
    pixels: Pixels = field(repr=False)


@dataclass(frozen=True, slots=True)
class ImageReady:
    """The finished pictures of a job, and the way there.

    `images` is (B, H, W, 3), of the request's `finished_size`; (B, H, W, 4) with straight alpha if
    what was upscaled is transparent. `previews` has one (B, h, w, 3) for each step; those of a
    second pass are larger. `snapshots` has one entry for each step from 0, each with latents of its
    pass; the one between the passes is the end of the first. `elapsed_s` is the time of the
    loop, the decoding and the upscaling. `painted` is there after inpainting. `request` is the one
    that gives these pixels, if the artist changed it while it ran. `making` is how each of them was
    computed, with its share of the job's energy.

    Where the first `first_step` steps were taken by another job, `previews` begins with the step
    after them, and `snapshots` with that step: of a branch it is the state that it began with.
    """

    generation: int
    images: Pixels = field(repr=False)
    previews: Sequence[Pixels] = field(repr=False)
    snapshots: tuple[StepSnapshot, ...] = field(repr=False)
    elapsed_s: float
    painted: PaintedLayer | None = None
    request: Request | None = None
    first_step: int = 0
    making: Making | None = None


@dataclass(frozen=True, slots=True)
class JobCancelled:
    """The job stopped because it was told to: between two steps, or two tiles while upscaling."""

    generation: int


@dataclass(frozen=True, slots=True)
class JobFailed:
    """The job ended with an error that a person can mend, or with a bug (`error` names the log)."""

    generation: int
    error: StudioError


Event = JobStarted | StepPreview | FinishProgress | ImageReady | JobCancelled | JobFailed
"""Every job ends with exactly one ImageReady, JobCancelled or JobFailed."""
