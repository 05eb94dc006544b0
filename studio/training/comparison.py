"""Which objective, optimiser and size learn most in the same time? Short runs, one after the other.

All are held against the same two measures, whatever they predict: the mean squared error of the
picture (as latents of deviation 1) that they see in noise of ten strengths, on scenes that none has
seen, and how different it looks to a classifier that none has learnt from. Time is the processor's
own, so that what else the machine does counts for nobody.
"""

from __future__ import annotations

import json
import logging
import time
from collections.abc import Callable, Collection, Iterator
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Final

import torch

from studio.library.files.disk import Disk
from studio.training.batches import compose
from studio.training.denoiser import Trainer
from studio.training.perceptual import PerceptualDistance
from studio.training.recipe import Recipe

log = logging.getLogger(__name__)

EXAM_STEPS: Final = range(10**9 + 1000, 10**9 + 1002)
STRENGTHS: Final = 10
WARMUP_STEPS: Final = 20  # the long run's would be most of so short a one
VARIANTS: Final[dict[str, dict[str, object]]] = {
    "the recipe: velocity, Muon, 128-192": {},
    "with a perceptual loss": {"perceptual_weight": 0.1},
    "predicts the picture": {"objective": "sample"},
    "predicts the picture, with a perceptual loss": {
        "objective": "sample",
        "perceptual_weight": 0.1,
    },
    "AdamW": {"optimiser": "adamw"},
    "AdamW, learning rate 1e-3": {"optimiser": "adamw", "lr": 1e-3},
    "smaller: 96-128": {"unet_channels": (96, 128)},
    "larger: 192-256": {"unet_channels": (192, 256)},
}


@dataclass(frozen=True, slots=True)
class Run:
    """What one variant came to in so many seconds."""

    variant: str
    seconds: float
    parameters: int
    pictures: int
    error: float
    distance: float


def compare(
    new_trainer: Callable[[Recipe], Trainer],
    recipe: Recipe,
    seconds: float,
    judge: PerceptualDistance,
    done: Collection[str] = (),
) -> Iterator[Run]:
    """Train every variant of `recipe` that isn't `done` for so many seconds of processor time, the
    learning rate falling at their end as in a long run, and measure it; a run when it's over."""
    short = replace(recipe, warmup_steps=WARMUP_STEPS, hours=seconds / 3600, steps=0)
    for name, changes in VARIANTS.items():
        if name not in done:
            trainer = new_trainer(replace(short, **changes))  # type: ignore[arg-type]
            yield _run(name, trainer, seconds, judge)


def save_runs(path: Path, runs: list[Run]) -> None:
    """Keep the runs as JSON."""
    text = json.dumps([asdict(run) for run in runs], indent=2) + "\n"
    Disk().replace(path, text.encode())


def load_runs(path: Path, seconds: float) -> list[Run]:
    """`save_runs`'s runs that took so many seconds."""
    runs = [Run(**run) for run in json.loads(path.read_text(encoding="utf-8"))]
    return [run for run in runs if run.seconds == seconds]


def to_markdown(runs: list[Run]) -> str:
    """A table, the first variant the one to compare with."""
    lines = [
        "| variant | parameters | seconds | pictures | error | distance of features |",
        "| --- | --- | --- | --- | --- | --- |",
    ]
    lines += [
        f"| {run.variant} | {run.parameters / 1e6:.1f} M | {run.seconds:.0f} | {run.pictures:,} "
        f"| {run.error:.3f} | {run.distance:.3f} |"
        for run in runs
    ]
    return "\n".join(lines) + "\n"


@torch.no_grad()
def exam(trainer: Trainer, judge: PerceptualDistance) -> tuple[float, float]:
    """Error and distance of features on the exam's scenes; the weights' average takes no part."""
    errors, distances = [], []
    train_steps = len(trainer.scheduler.alphas_cumprod)
    for step in EXAM_STEPS:
        pictures, captions = compose(trainer.drawings, trainer.recipe, step)
        latents = trainer.encode(pictures)
        true = trainer.decode(latents)
        random = torch.Generator().manual_seed(step)
        noise = torch.randn(latents.shape, generator=random).to(trainer.device)
        for strength in range(STRENGTHS):
            when = int((strength + 0.5) * train_steps / STRENGTHS)
            times = torch.full((len(captions),), when, device=trainer.device)
            predicted = trainer.predict(latents, noise, times, trainer.read(captions))
            seen = trainer.picture_of(predicted, latents, noise, times)
            errors.append((seen - latents).square().mean())
            distances.append(judge(trainer.decode(seen), true).mean())
    return float(torch.stack(errors).mean()), float(torch.stack(distances).mean())


def _run(name: str, trainer: Trainer, seconds: float, judge: PerceptualDistance) -> Run:
    started = time.process_time()
    while trainer.progress() < 1:
        trainer.train_step(compose(trainer.drawings, trainer.recipe, trainer.step))
        trainer.seconds = time.process_time() - started
    parameters = sum(p.numel() for p in trainer.model.parameters())
    error, distance = exam(trainer, judge.to(trainer.device))
    run = Run(name, seconds, parameters, trainer.step * trainer.recipe.batch, error, distance)
    log.info("%s: %d pictures, error %.4f, distance %.4f", name, run.pictures, error, distance)
    return run
