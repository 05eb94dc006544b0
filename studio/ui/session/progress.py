"""How far the running job is, as the window tells it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from studio.domain.events import FinishProgress, StepPreview


class JobStage(StrEnum):
    """What a job does one after the other."""

    DENOISING = "denoising"
    UPSCALING = "upscaling"
    RESTYLING = "restyling"


@dataclass(frozen=True, slots=True)
class Progress:
    """How far the running job is in its present stage: in steps, or in tiles when it upscales or
    takes on a style.

    `remaining_s` is an estimate of what the stage still takes, None before the first step.
    """

    step: int
    total_steps: int
    steps_per_second: float
    remaining_s: float | None
    stage: JobStage = JobStage.DENOISING

    @classmethod
    def of(cls, event: StepPreview | FinishProgress) -> Progress:
        match event:
            case StepPreview():
                step, total, pace = event.step, event.total_steps, event.seconds_per_step
                stage = JobStage.DENOISING
            case FinishProgress():
                step, total, pace = event.tile, event.total_tiles, event.seconds_per_tile
                stage = JobStage.UPSCALING
        return cls(
            step=step,
            total_steps=total,
            steps_per_second=1 / pace if pace > 0 else 0.0,
            remaining_s=pace * (total - step) if step else None,
            stage=stage,
        )
