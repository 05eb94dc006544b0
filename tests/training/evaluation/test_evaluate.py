"""The whole exam, sat by a painter who knows the answers."""

from __future__ import annotations

from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from studio.training.autoencoder import fit, to_tensor
from studio.training.batches import compose
from studio.training.drawings import Drawings
from studio.training.evaluation.classifier import Classifier
from studio.training.evaluation.evaluate import answer, evaluate
from studio.training.evaluation.grading import Examiner
from studio.training.evaluation.questions import ask
from studio.training.painting import paint
from studio.training.recipe import Recipe
from studio.training.scenes import Scene, SceneMix

HANDS = ("flat", "shaded")
SIZES = {"naming": 5, "background": 6, "count": 6, "hand": 4}
MIX = SceneMix(hands={"flat": 1.0})


class Painter:
    """Stands where the pipeline stands: paints the scene that each prompt was written for."""

    def __init__(self, scenes: dict[str, Scene], drawings: Drawings) -> None:
        self.scenes, self.drawings = scenes, drawings
        pictures = compose(drawings, Recipe(picture_px=64, batch=8, mix=MIX), 0)[0]
        self.vae: LinearPatchAutoencoder = fit(to_tensor(pictures), 16)

    def __call__(self, prompts: list[str], **options: Any) -> Any:
        assert options["num_inference_steps"] == 20
        assert len(options["generator"]) == len(prompts)
        painted = [paint(self.scenes[prompt], self.drawings, 64) for prompt in prompts]
        return SimpleNamespace(images=np.stack(painted) / 255)


@pytest.fixture(scope="module")
def painter(drawings: Drawings) -> Painter:
    questions = [q for asked in ask(drawings, SIZES, HANDS).values() for q in asked]
    return Painter({question.prompt: question.scene for question in questions}, drawings)


def test_answers_are_the_pipelines_pictures(drawings: Drawings, painter: Painter) -> None:
    questions = ask(drawings, SIZES, HANDS)["background"]
    lines: list[str] = []
    pictures = answer(painter, questions, lines.append)
    assert pictures.dtype == np.uint8
    assert np.array_equal(pictures[1], paint(questions[1].scene, drawings, 64))
    assert lines[-1].startswith("drawn 6/6")


def test_the_truth_is_graded_like_the_truth(drawings: Drawings, painter: Painter) -> None:
    kinds = ["ball", "bars", "box", "disc", "ink"]
    examiner = Examiner(Classifier(kinds, HANDS).eval(), drawings.concepts)
    results = evaluate(painter, drawings, examiner, SIZES, HANDS, print)
    rows = {(row["part"], row["what"]): row for row in results["rows"]}
    assert all(row["generated"] == row["real"] for row in results["rows"])
    assert rows["background", "backdrop"]["generated"] == 1
    assert rows["background", "backdrop"]["shuffled"] == 0  # six colours, each asked once
    assert [rows["count", str(n)]["pictures"] for n in (1, 2, 3)] == [2, 2, 2]
    assert rows["count", "number"]["pictures"] == 6
    assert rows["hand", "flat"]["pictures"] == rows["hand", "shaded"]["pictures"] == 2
    assert results["missed"]["background"] == []
    memory = results["neighbours"]
    assert memory["rmse_median"] == pytest.approx(0, abs=1e-6)
    assert memory["near_copies"] == 1
    assert 0 < memory["rmse_of_a_perfect_copy"] < 0.2
