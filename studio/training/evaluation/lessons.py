"""Teach the classifier: on composed drawings like the model's own lessons, on nothing generated.

Batch number n is a function of (seed, n) alone, so a resumed run sees what it would have seen.
"""

from __future__ import annotations

import hashlib
import io
import logging
import time
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from torch import Tensor
from torch.nn import functional

from studio.library.files.disk import Disk
from studio.training.autoencoder import to_tensor
from studio.training.drawings import Drawings
from studio.training.evaluation.classifier import PICTURE_PX, WIDTHS, Classifier, kinds_of
from studio.training.evaluation.damage import damage
from studio.training.optimiser import build_optimisers
from studio.training.painting import paint
from studio.training.scenes import COLOURS, GROUNDS, TINTS, Ground, Placed, Scene, gradient

log = logging.getLogger(__name__)

SEED = 1_000_003
ANOTHER_SEED = 1_000_033  # of a second classifier, for what may not be judged by the first
BATCH = 64
STEPS = 1000
LR = 3e-3
SAVE_EVERY_S = 60.0


def trained_classifier(
    drawings: Drawings, work: Path, steps: int = STEPS, seed: int = SEED
) -> Classifier:
    """The classifier for these drawings: read from `work`, or trained there; resumable."""
    kinds = sorted(set(kinds_of(drawings.concepts).values()))
    hands = sorted({hand for hand, _ in drawings.pixels})
    classifier = Classifier(kinds, hands)
    choices = (kinds, hands, steps, BATCH, LR, WIDTHS, seed)
    asked = hashlib.sha256(repr(choices).encode()).hexdigest()[:12]
    school = School(classifier, drawings, steps, seed)
    checkpoint = work / f"classifier-{asked}.pt"
    if checkpoint.exists():
        school.load(checkpoint)
    school.run(checkpoint, log.info)
    return classifier.eval()


class School:
    """The classifier, its optimisers and the number of batches seen: what a checkpoint holds."""

    def __init__(
        self, classifier: Classifier, drawings: Drawings, steps: int, seed: int = SEED
    ) -> None:
        self.classifier, self.drawings, self.steps, self.step = classifier, drawings, steps, 0
        self.seed = seed
        torch.manual_seed(seed)
        for module in classifier.modules():
            if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
                module.reset_parameters()
        self.optimisers = build_optimisers(classifier, LR, 0.02)
        self.kind_of = kinds_of(drawings.concepts)
        self.names = sorted(drawings.pixels)

    def run(self, checkpoint: Path, on_log: Callable[[str], None]) -> None:
        """Train to the last step; a line every hundred, a checkpoint every minute."""
        if self.step >= self.steps:
            return
        self.classifier.train()
        started = saved_at = time.monotonic()
        first = self.step
        while self.step < self.steps:
            loss = self.train_step()
            if self.step % 100 == 0:
                left = (time.monotonic() - started) / (self.step - first) * (self.steps - self.step)
                on_log(f"classifier {self.step}/{self.steps}: loss {loss:.3f}, {left:.0f} s left")
            if time.monotonic() - saved_at > SAVE_EVERY_S:
                self.save(checkpoint)
                saved_at = time.monotonic()
        self.save(checkpoint)

    def train_step(self) -> float:
        """One batch, at a rate that warms up and falls in a straight line; its loss."""
        pictures, kinds, hands = self.batch()
        known, _ = self.classifier(pictures)  # (B, kinds, hands)
        pairs = kinds * len(self.classifier.hands) + hands
        loss = functional.cross_entropy(known.flatten(1), pairs, label_smoothing=0.1)
        loss = loss + functional.nll_loss(known.logsumexp(2), kinds)
        torch.autograd.backward(loss)
        scale = min((self.step + 1) / 50, 1 - self.step / self.steps)
        for optimiser in self.optimisers:
            for group in optimiser.param_groups:
                group["lr"] = LR * scale
            optimiser.step()
            optimiser.zero_grad()
        self.step += 1
        return float(loss.detach())

    def batch(self) -> tuple[Tensor, Tensor, Tensor]:
        """Pictures (B, 3, 64, 64) in -1..1 and the indices of their kinds and hands (B,)."""
        rng = np.random.default_rng((self.seed, self.step))
        chosen = [self.names[i] for i in rng.integers(len(self.names), size=BATCH)]
        pictures = np.stack([view(self.drawings, hand, name, rng) for hand, name in chosen])
        kinds = [self.classifier.kinds.index(self.kind_of[name]) for _, name in chosen]
        hands = [self.classifier.hands.index(hand) for hand, _ in chosen]
        random = torch.Generator().manual_seed(self.seed + self.step)
        damaged = damage(to_tensor(pictures), random)
        return damaged, torch.tensor(kinds), torch.tensor(hands)

    def save(self, path: Path) -> None:
        """Write all state to `path`."""
        state = {
            "classifier": self.classifier.state_dict(),
            "optimisers": [optimiser.state_dict() for optimiser in self.optimisers],
            "step": self.step,
        }
        buffer = io.BytesIO()
        torch.save(state, buffer)
        Disk().replace(path, buffer.getvalue())

    def load(self, path: Path) -> None:
        """Go on from `save`'s file."""
        state: dict[str, Any] = torch.load(path, weights_only=True)
        self.classifier.load_state_dict(state["classifier"])
        for optimiser, saved in zip(self.optimisers, state["optimisers"], strict=True):
            optimiser.load_state_dict(saved)
        self.step = state["step"]


def view(drawings: Drawings, hand: str, name: str, rng: np.random.Generator) -> np.ndarray:
    """(64, 64, 3) uint8: one drawing in any colour, place and size, maybe beside another one.

    One view in four is painted at half the size and enlarged: a part of a picture of two things.
    """
    tint = TINTS[rng.integers(len(TINTS))] if rng.random() < 0.15 else None
    usual = rng.random() < 0.6
    size = 0.9 if usual else rng.uniform(0.45, 1.0)
    free = max(0.02, (1 - size) / 2)
    x, y = 0.5 + rng.uniform(-free, free, 2) * (not usual)
    thing = Placed(name, name, hand, tint, (float(x), float(y)), float(size))
    things: tuple[Placed, ...] = (thing,)
    if rng.random() < 0.15:
        others = [other for of, other in drawings.pixels if of == hand]
        other = others[rng.integers(len(others))]
        side = [(-0.45, 0.5), (1.45, 0.5), (0.5, -0.45), (0.5, 1.45)][rng.integers(4)]
        things += (replace(thing, name=other, tint=None, centre_xy=side, size=0.95),)
    scene = Scene(things, _any_backdrop(rng))
    if rng.random() < 0.25:
        small = Image.fromarray(paint(scene, drawings, PICTURE_PX // 2))
        return np.asarray(small.resize((PICTURE_PX, PICTURE_PX), Image.Resampling.BICUBIC))
    return paint(scene, drawings, PICTURE_PX)


def _any_backdrop(rng: np.random.Generator) -> str | Ground:
    names = list(COLOURS)
    if rng.random() < 0.3:
        return "white"
    if rng.random() < 0.3:
        return GROUNDS[rng.integers(len(GROUNDS))]
    top, bottom = (names[i] for i in rng.integers(len(names), size=2))
    return top if rng.random() < 0.7 else gradient(top, bottom)
