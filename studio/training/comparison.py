"""Which objective, optimiser and size learn most in the same time? Short runs, one after the other.

All are held against the same measure, whatever they predict: the mean squared error of the picture
(as latents of deviation 1) that they see in noise of ten strengths, on scenes that none has seen.
Time is the processor's own, so that what else the machine does counts for nobody.
"""

from __future__ import annotations

import logging
import time
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Final

import torch

from studio.training.batches import compose
from studio.training.denoiser import Trainer
from studio.training.recipe import Recipe

log = logging.getLogger(__name__)

EXAM_STEPS: Final = range(10**9 + 1000, 10**9 + 1004)
STRENGTHS: Final = 10
WARMUP_STEPS: Final = 20  # the long run's would be most of so short a one
VARIANTS: Final[dict[str, dict[str, object]]] = {
    "the recipe: velocity, Muon, 128-192": {},
    "predicts the picture": {"objective": "sample"},
    "AdamW": {"optimiser": "adamw"},
    "AdamW, learning rate 1e-3": {"optimiser": "adamw", "lr": 1e-3},
    "smaller: 96-128": {"unet_channels": (96, 128)},
    "larger: 192-256": {"unet_channels": (192, 256)},
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one variant came to."""

    variant: str
    parameters: int
    steps: int
    pictures: int
    error: float


def compare(new_trainer: Callable[[Recipe], Trainer], recipe: Recipe, seconds: float) -> list[Run]:
    """Train every variant of `recipe` for so many seconds of processor time, and measure it."""
    short = replace(recipe, warmup_steps=WARMUP_STEPS)
    return [
        _run(name, new_trainer(replace(short, **changes)), seconds)  # type: ignore[arg-type]
        for name, changes in VARIANTS.items()
    ]


def to_markdown(runs: list[Run], seconds: float) -> str:
    """A table, the first variant the one to compare with."""
    lines = [
        f"| variant | parameters | pictures in {seconds:.0f} s | error |",
        "| --- | --- | --- | --- |",
    ]
    lines += [
        f"| {run.variant} | {run.parameters / 1e6:.1f} M | {run.pictures:,} | {run.error:.3f} |"
        for run in runs
    ]
    return "\n".join(lines) + "\n"


def picture_error(trainer: Trainer) -> float:
    """The error on the exam's scenes; the trained weights themselves, not their average."""
    errors = []
    train_steps = len(trainer.scheduler.alphas_cumprod)
    for step in EXAM_STEPS:
        pictures, captions = compose(trainer.drawings, trainer.recipe, step)
        latents = trainer.encode(pictures)
        random = torch.Generator().manual_seed(step)
        noise = torch.randn(latents.shape, generator=random).to(trainer.device)
        for strength in range(STRENGTHS):
            when = int((strength + 0.5) * train_steps / STRENGTHS)
            times = torch.full((len(captions),), when, device=trainer.device)
            with torch.no_grad():
                predicted = trainer.predict(latents, noise, times, captions)
            if trainer.recipe.objective != "sample":
                sigma = trainer.sigmas(times)
                noisy = trainer.scheduler.add_noise(latents, noise, times)
                # The picture that a velocity means (Salimans & Ho 2022).
                predicted = (1 - sigma.square()).sqrt() * noisy - sigma * predicted
            errors.append((predicted - latents).square().mean())
    return float(torch.stack(errors).mean())


def _run(name: str, trainer: Trainer, seconds: float) -> Run:
    started = time.process_time()
    while time.process_time() - started < seconds:
        trainer.train_step(compose(trainer.drawings, trainer.recipe, trainer.step))
    parameters = sum(p.numel() for p in trainer.model.parameters())
    pictures = trainer.step * trainer.recipe.batch
    run = Run(name, parameters, trainer.step, pictures, picture_error(trainer))
    log.info("%s: %d pictures, error %.3f", name, pictures, run.error)
    return run
