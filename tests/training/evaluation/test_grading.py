"""Grades: full marks for the truth, none for what is plainly something else."""

from __future__ import annotations

import numpy as np
import pytest

from studio.training.drawings import Drawings
from studio.training.evaluation.classifier import Classifier
from studio.training.evaluation.grading import Examiner
from studio.training.evaluation.questions import QUICK, Question, ask
from studio.training.painting import paint

HANDS = ("flat", "shaded")
SIZES = {**QUICK, "other words": 1}


@pytest.fixture(scope="module")
def examiner(drawings: Drawings) -> Examiner:
    kinds = ["ball", "bars", "box", "disc", "ink"]
    return Examiner(Classifier(kinds, HANDS).eval(), drawings.concepts)


@pytest.fixture(scope="module")
def exam(drawings: Drawings) -> dict[str, list[Question]]:
    return ask(drawings, SIZES, HANDS)


def _painted(questions: list[Question], drawings: Drawings, px: int = 64) -> np.ndarray:
    return np.stack([paint(question.scene, drawings, px) for question in questions])


@pytest.mark.parametrize("part", SIZES)
def test_every_part_gives_a_mark_to_every_picture(
    part: str, drawings: Drawings, examiner: Examiner, exam: dict[str, list[Question]]
) -> None:
    marks = examiner.grade(part, _painted(exam[part], drawings), exam[part])
    assert marks
    for right in marks.values():
        assert right.dtype == bool
        assert right.shape == (SIZES[part],)


@pytest.mark.parametrize("part", ["colour", "background", "ground", "gradient", "count"])
@pytest.mark.parametrize("px", [64, 128])
def test_the_truth_is_right_and_white_paper_is_wrong(
    part: str, px: int, drawings: Drawings, examiner: Examiner, exam: dict[str, list[Question]]
) -> None:
    questions = [q for q in exam[part] if q.scene.things[0].name != "bars"]
    truth = _painted(questions, drawings, px)
    (right,) = examiner.grade(part, truth, questions).values()
    assert right.all()
    (wrong,) = examiner.grade(part, np.full_like(truth, 255), questions).values()
    assert wrong.mean() < 0.4  # of ten tints, one is the first, which white paper is said to have


def test_a_pair_is_named_by_its_halves(drawings: Drawings, exam: dict[str, list[Question]]) -> None:
    """With more kinds than five, a classifier that always says the same names some things only."""
    names = [f"kind {i}" for i in range(20)]
    classifier = Classifier(["ball", "bars", "box", "disc", "ink", *names], HANDS).eval()
    marks = Examiner(classifier, drawings.concepts).grade(
        "beside", _painted(exam["beside"], drawings), exam["beside"]
    )
    assert set(marks) == {"first", "second", "both"}
    assert (marks["both"] == (marks["first"] & marks["second"])).all()
