"""A batch depends on its number alone, whoever composes it."""

from __future__ import annotations

import subprocess
import sys
from contextlib import closing

import numpy as np

from studio.training.batches import batches, compose
from studio.training.drawings import Drawings
from studio.training.recipe import Recipe

RECIPE = Recipe(picture_px=32, batch=3)


def test_a_batch_is_the_same_each_time_and_no_other(drawings: Drawings) -> None:
    pictures, captions = compose(drawings, RECIPE, 5)
    again, said_again = compose(drawings, RECIPE, 5)
    assert pictures.shape == (3, 32, 32, 3)
    assert np.array_equal(pictures, again)
    assert captions == said_again
    assert not np.array_equal(pictures, compose(drawings, RECIPE, 6)[0])


def test_workers_compose_what_one_would_compose_alone(drawings: Drawings) -> None:
    with closing(batches(drawings, RECIPE, start=7, workers=1)) as ahead:
        for step in range(7, 10):
            pictures, captions = next(ahead)
            alone, said_alone = compose(drawings, RECIPE, step)
            assert np.array_equal(pictures, alone)
            assert captions == said_alone


def test_one_caption_in_ten_is_empty(drawings: Drawings) -> None:
    with closing(batches(drawings, Recipe(picture_px=8, batch=50), start=0)) as stream:
        captions = [caption for _ in range(20) for caption in next(stream)[1]]
    assert 0.07 < captions.count("") / len(captions) < 0.13


def test_a_worker_needs_no_torch() -> None:
    code = "import sys, studio.training.batches; sys.exit('torch' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0
