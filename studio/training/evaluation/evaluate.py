"""Sit the exam: draw an answer to every prompt, and grade it beside two others.

Beside the generated pictures stand true ones, painted from the questions' scenes (the most that the
measures can find), and the generated ones dealt out to the wrong questions (what chance finds).
"""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
import torch

from studio.training.autoencoder import to_tensor
from studio.training.drawings import Drawings
from studio.training.evaluation.grading import Examiner, Marks
from studio.training.evaluation.neighbours import NEAR_COPY, find_neighbours, pixel_rmse
from studio.training.evaluation.questions import SEED, Question, ask
from studio.training.painting import paint

STEPS = 20
GUIDANCE_SCALE = 3.0
BATCH = 30


@dataclass(frozen=True)
class Row:
    """One line of the table: shares (0..1) of `pictures` pictures that are right."""

    part: str
    what: str
    pictures: int
    generated: float
    real: float
    shuffled: float


def answer(
    pipeline: Any, questions: Sequence[Question], on_log: Callable[[str], None]
) -> np.ndarray:
    """The pipeline's pictures (N, H, W, 3) uint8 for the prompts, each from its question's seed."""
    pictures = []
    started = time.monotonic()
    for start in range(0, len(questions), BATCH):
        batch = questions[start : start + BATCH]
        drawn = pipeline(
            [question.prompt for question in batch],
            num_inference_steps=STEPS,
            guidance_scale=GUIDANCE_SCALE,
            generator=[torch.Generator().manual_seed(question.seed) for question in batch],
            output_type="np",
        ).images
        pictures.append((drawn * 255).round().astype(np.uint8))
        done = start + len(batch)
        left = (time.monotonic() - started) / done * (len(questions) - done)
        on_log(f"drawn {done}/{len(questions)}, {left:.0f} s left")
    return np.concatenate(pictures)


def evaluate(
    pipeline: Any,
    drawings: Drawings,
    examiner: Examiner,
    sizes: dict[str, int],
    hands: tuple[str, ...],
    on_log: Callable[[str], None],
) -> dict[str, Any]:
    """Ask, draw and grade `sizes[part]` questions of every part; all numbers, ready for JSON."""
    exam = ask(drawings, sizes, hands)
    answers = answer(pipeline, [q for questions in exam.values() for q in questions], on_log)
    parts = np.split(answers, np.cumsum([len(questions) for questions in exam.values()])[:-1])
    pictures = dict(zip(exam, parts, strict=True))
    rows: list[Row] = []
    missed: dict[str, list[str]] = {}
    for part, questions in exam.items():
        marks = _marks(part, pictures[part], questions, drawings, examiner)
        rows += _rows(part, questions, *marks)
        last = list(marks[0].values())[-1]
        missed[part] = sorted({q.prompt for q, ok in zip(questions, last, strict=True) if not ok})
    return {
        "steps": STEPS,
        "guidance_scale": GUIDANCE_SCALE,
        "picture_px": int(answers.shape[1]),
        "hands": list(hands),
        "kinds": len(examiner.classifier.kinds),
        "drawings": len(drawings.pixels),
        "rows": [asdict(row) for row in rows],
        "neighbours": _memory(pipeline.vae, pictures["naming"], exam["naming"], drawings, examiner),
        "missed": missed,
    }


def _marks(
    part: str,
    pictures: np.ndarray,
    questions: list[Question],
    drawings: Drawings,
    examiner: Examiner,
) -> tuple[Marks, Marks, Marks]:
    """The part's marks for generated, real and shuffled pictures."""
    order = np.random.default_rng(SEED).permutation(len(questions))
    shuffled = pictures.copy()
    shuffled[order] = pictures[np.roll(order, 1)]
    real = _real(questions, drawings, pictures.shape[1])
    generated, true, chance = (
        examiner.grade(part, graded, questions) for graded in (pictures, real, shuffled)
    )
    return generated, true, chance


def _real(questions: Sequence[Question], drawings: Drawings, px: int) -> np.ndarray:
    return np.stack([paint(question.scene, drawings, px) for question in questions])


def _rows(
    part: str, questions: list[Question], generated: Marks, real: Marks, shuffled: Marks
) -> list[Row]:
    """One row for each mark; numbers and hands have one for each value before their common one."""
    groups: dict[str, np.ndarray] = {}
    if part in ("count", "hand"):
        values = [
            str(len(q.scene.things)) if part == "count" else q.scene.things[0].hand
            for q in questions
        ]
        groups = {value: np.array(values) == value for value in dict.fromkeys(values)}
    marks = (generated, real, shuffled)
    rows = []
    for mark in generated:
        for value, among in {**groups, "": np.ones(len(questions), dtype=bool)}.items():
            shares = [float(of[mark][among].mean()) for of in marks]
            rows.append(Row(part, value or mark, int(among.sum()), *shares))
    return rows


@torch.inference_mode()
def _memory(
    vae: Any,
    pictures: np.ndarray,
    questions: list[Question],
    drawings: Drawings,
    examiner: Examiner,
) -> dict[str, float]:
    """How near single things lie to their nearest drawings, and what to compare that with."""
    found = find_neighbours(pictures, drawings, examiner)
    asked = np.array([question.scene.things[0].name for question in questions])
    real = _real(questions, drawings, pictures.shape[1])
    latents = vae.encode(to_tensor(real)).latent_dist.mode()
    decoded = vae.decode(latents).sample.clamp(-1, 1).permute(0, 2, 3, 1).numpy()
    copies = ((decoded + 1) * 127.5).round().astype(np.uint8)
    between = pixel_rmse(real, real)
    between[asked[:, None] == asked] = np.inf
    return {
        "pictures": len(pictures),
        "rmse_10": float(np.quantile(found.rmse, 0.1)),
        "rmse_median": float(np.median(found.rmse)),
        "rmse_90": float(np.quantile(found.rmse, 0.9)),
        "rmse_of_a_perfect_copy": float(np.median(np.diag(pixel_rmse(copies, real)))),
        "rmse_to_another_thing": float(np.median(between.min(1))),
        "near_copy_below": NEAR_COPY,
        "near_copies": float((found.rmse < NEAR_COPY).mean()),
        "nearest_is_the_thing": float((np.array(found.names) == asked).mean()),
        "similarity_median": float(np.median(found.similarity)),
        "most_similar_is_the_thing": float((np.array(found.similar_names) == asked).mean()),
    }
