"""The reader learns to let words be; everything else of the model stays as it is."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.training.batches import compose
from studio.training.denoiser import Trainer
from studio.training.drawings import Drawings
from studio.training.evaluation.wordings import UNKNOWN
from studio.training.reading import amid_other_words, strange_words, teach_reading
from tests.support.tiny_training import TINY, fitted

READS = replace(TINY, max_tokens=24, steps=10)
STRANGE = ("zebu", "quagmire")


@pytest.fixture
def trainer(drawings: Drawings) -> Trainer:
    trainer = Trainer(READS, drawings, *fitted(drawings, READS, STRANGE))
    for _ in range(3):
        trainer.train_step(compose(drawings, READS, trainer.step))
    return trainer


def test_a_caption_keeps_its_words_in_order_among_others() -> None:
    rng = np.random.default_rng(0)
    caption = "a blue cat on a red background"
    heard = [amid_other_words(caption, STRANGE, rng) for _ in range(200)]
    for text in heard:
        rest = iter(text.rstrip(".!?;:)").replace(",", " ").split())
        assert all(word in rest for word in caption.split()), text
    assert 20 < heard.count(caption) < 120
    assert {word for word in STRANGE if any(word in text for text in heard)} == set(STRANGE)


def test_no_caption_stays_none() -> None:
    assert amid_other_words("", STRANGE, np.random.default_rng(0)) == ""


def test_strange_words_are_those_that_no_caption_and_no_exam_has(
    drawings: Drawings, tmp_path: Path
) -> None:
    entries = [
        {"label": "Blue disc", "tags": ["hatter", "quixotic", "o’clock", "meadow"]},
        {"label": "thing: of 2 zebus"},
    ]
    (tmp_path / "names.json").write_text(json.dumps(entries), encoding="utf-8")
    words = strange_words(tmp_path / "names.json", drawings.concepts)
    assert words == ["hatter", "thing", "zebus"]
    assert "quixotic" in " ".join(UNKNOWN)


def test_the_reader_learns_and_nothing_else(trainer: Trainer) -> None:
    before = {name: value.clone() for name, value in trainer.average.items()}
    lines: list[str] = []
    teach_reading(trainer, STRANGE, 50, lines.append)
    changed = {n for n, value in trainer.average.items() if not torch.equal(value, before[n])}
    assert changed
    assert {name.split(".")[0] for name in changed} == {"text_encoder"}
    assert lines[-1].startswith("reading 50/50: loss ")


def test_other_words_matter_less_after_it(trainer: Trainer) -> None:
    captions = ["a disc", "a red box", "bars"]
    amid = ["zebu a disc, quagmire", "a zebu red box", "quagmire bars, highly detailed, zebu"]

    def apart() -> float:
        random = torch.Generator().manual_seed(0)
        latents, noise = torch.randn(2, 3, 4, 4, 4, generator=random)
        times = torch.tensor([300, 600, 900])
        with torch.no_grad():
            one, other = (
                trainer.predict(latents, noise, times, trainer.read(texts))
                for texts in (captions, amid)
            )
        return float((one - other).square().mean())

    trainer.load_average()
    before = apart()
    teach_reading(trainer, STRANGE, 60, lambda line: None)
    trainer.load_average()
    assert apart() < 0.8 * before
