"""The reader learns to let words be; everything else of the model stays as it is."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import torch

from studio.training.autoencoder import fit, to_tensor
from studio.training.batches import compose
from studio.training.denoiser import Trainer
from studio.training.drawings import Drawings
from studio.training.evaluation.wordings import UNKNOWN
from studio.training.reading import amid_other_words, strange_words, teach_reading
from studio.training.recipe import Recipe
from studio.training.tokenizer import train_tokenizer

TINY = Recipe(
    picture_px=32,
    latent_channels=4,
    max_tokens=24,
    text_width=32,
    text_layers=1,
    unet_channels=(32, 32),
    heads=2,
    batch=4,
    steps=10,
)
STRANGE = ("zebu", "quagmire")


@pytest.fixture
def trainer(drawings: Drawings) -> Trainer:
    pictures, captions = compose(drawings, TINY, 10**6)
    vae = fit(to_tensor(pictures), TINY.latent_channels)
    tokenizer = train_tokenizer([*captions, *STRANGE], 600, TINY.max_tokens)
    trainer = Trainer(TINY, drawings, vae, tokenizer)
    for _ in range(3):
        trainer.train_step(compose(drawings, TINY, trainer.step))
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
