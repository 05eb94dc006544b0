"""How near to what it learnt from does a model draw? Nearest neighbours, by pixels and by features.

The neighbours are all drawings in all hands, painted the way most of the lessons showed them:
alone, in the middle, on white.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from studio.training.drawings import Drawings
from studio.training.evaluation.grading import Examiner
from studio.training.painting import paint
from studio.training.scenes import Placed, Scene

NEAR_COPY = 0.1  # RMSE, of the range of a pixel: hardly told apart at the size of an icon


@dataclass(frozen=True)
class Neighbours:
    """For N pictures: distance to the nearest drawing (RMSE, 0..1), and whose drawing it is."""

    rmse: np.ndarray  # (N,)
    names: list[str]
    similarity: np.ndarray  # (N,) cosine of the classifier's features with the most similar one
    similar_names: list[str]


def find_neighbours(pictures: np.ndarray, drawings: Drawings, examiner: Examiner) -> Neighbours:
    """The nearest of all drawings to each of the pictures (N, H, W, 3) uint8."""
    px = pictures.shape[1]
    keys = list(drawings.pixels)
    known = np.stack(
        [paint(Scene((Placed(name, name, hand),), "white"), drawings, px) for hand, name in keys]
    )
    apart = pixel_rmse(pictures, known)
    features = _unit(examiner.look(pictures)[2].numpy())
    alike = features @ _unit(examiner.look(known)[2].numpy()).T  # (N, M)
    return Neighbours(
        rmse=apart.min(1),
        names=[keys[i][1] for i in apart.argmin(1)],
        similarity=alike.max(1),
        similar_names=[keys[i][1] for i in alike.argmax(1)],
    )


def pixel_rmse(pictures: np.ndarray, others: np.ndarray) -> np.ndarray:
    """(N, M): root mean square difference of every picture (N, H, W, 3) to every other, 0..1."""
    one = pictures.reshape(len(pictures), -1).astype(np.float64) / 255
    other = others.reshape(len(others), -1).astype(np.float64) / 255
    squares = (one**2).sum(1)[:, None] + (other**2).sum(1) - 2 * one @ other.T
    rmse: np.ndarray = np.sqrt(np.maximum(squares, 0) / one.shape[1])
    return rmse


def _unit(vectors: np.ndarray) -> np.ndarray:
    unit: np.ndarray = vectors / np.linalg.norm(vectors, axis=1, keepdims=True)
    return unit
