"""Batches of pictures and captions, composed while the model learns.

Batch number n is a function of (seed, n) alone, so it is the same whoever composes it, and when: a
resumed run sees what it would have seen. One core composes about 2,500 pictures a second: enough
for any CPU, while a GPU wants `workers` processes to do it ahead of time. This module imports no
torch, so a worker starts in a moment.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Generator
from concurrent.futures import Future, ProcessPoolExecutor
from multiprocessing import get_context

import numpy as np

from studio.training.captions import caption
from studio.training.drawings import Drawings
from studio.training.painting import paint
from studio.training.recipe import Recipe
from studio.training.scenes import draw_scene

Batch = tuple[np.ndarray, list[str]]

AHEAD_PER_WORKER = 4
_worker: dict[str, tuple[Drawings, Recipe]] = {}


def compose(drawings: Drawings, recipe: Recipe, step: int) -> Batch:
    """Batch number `step`: (B, H, W, 3) uint8 pictures and their captions, one in ten empty."""
    rng = np.random.default_rng((recipe.seed, step))
    scenes = [draw_scene(drawings, recipe.mix, rng) for _ in range(recipe.batch)]
    pictures = np.stack([paint(scene, drawings, recipe.picture_px) for scene in scenes])
    captions = [caption(scene, rng) for scene in scenes]
    return pictures, [c if rng.random() >= recipe.empty_caption else "" for c in captions]


def batches(
    drawings: Drawings, recipe: Recipe, start: int, workers: int = 0
) -> Generator[Batch, None, None]:
    """Batches `start`, `start + 1`, ... without end, composed here or ahead by `workers` processes.

    Close the iterator to end the processes.
    """
    if workers == 0:
        while True:
            yield compose(drawings, recipe, start)
            start += 1
    with ProcessPoolExecutor(
        workers, get_context("spawn"), _start_worker, (drawings, recipe)
    ) as pool:
        ahead: deque[Future[Batch]] = deque()
        try:
            while True:
                while len(ahead) < workers * AHEAD_PER_WORKER:
                    ahead.append(pool.submit(_compose_in_worker, start))
                    start += 1
                yield ahead.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)


def _start_worker(drawings: Drawings, recipe: Recipe) -> None:
    _worker["task"] = (drawings, recipe)


def _compose_in_worker(step: int) -> Batch:
    return compose(*_worker["task"], step)
