"""The nearest neighbour of a drawing is the drawing itself."""

from __future__ import annotations

import numpy as np
import pytest

from studio.training.drawings import Drawings
from studio.training.evaluation.classifier import Classifier
from studio.training.evaluation.grading import Examiner
from studio.training.evaluation.neighbours import NEAR_COPY, find_neighbours, pixel_rmse
from studio.training.painting import paint
from studio.training.scenes import Placed, Scene


def test_copies_are_found_by_pixels_and_by_features(drawings: Drawings) -> None:
    torch_kinds = ["ball", "bars", "box", "disc", "ink"]
    examiner = Examiner(Classifier(torch_kinds, ["flat", "shaded"]).eval(), drawings.concepts)
    names = ["box", "bars"]
    scenes = [Scene((Placed(name, name, "flat"),), "white") for name in names]
    pictures = np.stack([paint(scene, drawings, 64) for scene in scenes])
    found = find_neighbours(pictures, drawings, examiner)
    assert found.rmse == pytest.approx([0, 0], abs=1e-6)
    assert found.similarity == pytest.approx([1, 1], abs=1e-4)
    assert found.names == found.similar_names == names
    paler = (pictures // 2 + 127).astype(np.uint8)
    assert (find_neighbours(paler, drawings, examiner).rmse > NEAR_COPY).all()


def test_rmse_is_the_root_of_the_mean_square_difference() -> None:
    rng = np.random.default_rng(0)
    ones = rng.integers(0, 256, (3, 4, 4, 3), dtype=np.uint8)
    others = rng.integers(0, 256, (2, 4, 4, 3), dtype=np.uint8)
    difference = (ones[:, None].astype(float) - others[None]) / 255
    assert pixel_rmse(ones, others) == pytest.approx(np.sqrt((difference**2).mean((2, 3, 4))))
