"""The last lesson: the reader learns to let words be that show nothing.

Whatever people add to a prompt ("photo of", "trending", a word that nobody taught it), the picture
should stay the one that the rest asks for. The reader as it was reads plain captions, the reader as
it learns reads them amid such words, and the denoiser, which stays as it is, should say the same of
both: a distillation (Hinton et al. 2015).
"""

from __future__ import annotations

import copy
import json
from collections.abc import Callable, Collection, Sequence
from pathlib import Path

import numpy as np
import torch
from torch import Tensor, nn

from studio.training.batches import compose
from studio.training.concepts import Concept
from studio.training.denoiser import LOG_EVERY_STEPS, Trainer
from studio.training.evaluation.wordings import UNKNOWN
from studio.training.hands import PHRASES
from studio.training.scenes import COLOURS, GROUNDS, PLACES

FIRST_BATCH = 2 * 10**9  # no other lesson comes so far
LR = 5e-4
WARMUP_STEPS = 20
PLAIN_SHARE = 0.2  # of the captions stay as they are, so that plain ones go on meaning the same

# What people put before, and what behind: the phrases of prompts, and of asking.
OPENINGS = (
    "photo of", "a photo of", "photograph of", "a portrait of", "a painting of", "art of",
    "a render of", "3d render of", "digital art of", "an image of", "a sketch of", "cute",
    "beautiful", "generate", "make", "i want", "show me", "can you draw",
)  # fmt: skip
ENDINGS = (
    "highly detailed", "detailed", "intricate", "masterpiece", "best quality", "high quality",
    "4k", "8k", "hd", "uhd", "high resolution", "trending on artstation", "artstation",
    "digital art", "concept art", "realistic", "photorealistic", "hyperrealistic",
    "octane render", "unreal engine", "cinematic", "studio light", "sharp focus", "vivid",
    "vibrant", "epic", "aesthetic", "beautiful", "cute", "minimalist", "illustration", "vector",
    "icon", "logo", "painting", "watercolor", "oil painting", "sketch", "anime", "no text",
    "centered", "close up", "full body",
)  # fmt: skip
PUNCTUATION = (".", "!", "!!!", "?", "...", ";", " :)")
# The words of captions that name no thing, colour, manner or place.
COMMON = (
    "a picture of an icon and the drawing emoji draw two beautiful three detailed image",
    "next to on the left and beside right with above over top below under underneath",
    "gradient from in at background illustration",
)


def strange_words(emojibase_json: Path, concepts: Sequence[Concept]) -> list[str]:
    """Words from emojibase's names and tags that mean nothing in the captions of `concepts`.

    The exam's own unknown words are left out: it asks about words that no lesson had.
    """
    phrases = [*COMMON, *(word for concept in concepts for word in concept.words)]
    phrases += [*COLOURS, *PLACES, *(ground.phrase for ground in GROUNDS)]
    phrases += [phrase for hand in PHRASES.values() for phrase in hand]
    known = _words_in(phrases)
    entries = json.loads(emojibase_json.read_text(encoding="utf-8"))
    named = _words_in(
        [text for entry in entries for text in (entry["label"], *entry.get("tags", ()))]
    )
    return sorted(w for w in named - known - _words_in(UNKNOWN) if w.isascii() and w.isalpha())


def amid_other_words(caption: str, strange: Sequence[str], rng: np.random.Generator) -> str:
    """The caption with words that show nothing before, within and after it; or as it is."""
    if not caption or rng.random() < PLAIN_SHARE:
        return caption
    words = caption.split(" ")
    if rng.random() < 0.4:
        words.insert(int(rng.integers(len(words))), _some(strange, rng))
    if rng.random() < 0.4:
        words.insert(0, _some(OPENINGS, rng) if rng.random() < 0.7 else _some(strange, rng))
    text = " ".join(words)
    for _ in range(rng.integers(4)):
        addition = _some(ENDINGS, rng) if rng.random() < 0.6 else _some(strange, rng)
        if rng.random() < 0.1:
            addition = f"({addition}:1.{rng.integers(1, 9)})"
        text += (", " if rng.random() < 0.8 else " ") + addition
    if rng.random() < 0.2:
        text += _some(PUNCTUATION, rng)
    return text


def teach_reading(
    trainer: Trainer, strange: Sequence[str], steps: int, on_log: Callable[[str], None]
) -> None:
    """Train the reader of the averaged model for so many batches; the average takes its weights."""
    trainer.load_average()
    trainer.unet.requires_grad_(False)
    pupil = trainer.text_encoder
    teacher = copy.deepcopy(pupil).requires_grad_(False)
    optimiser = torch.optim.AdamW(pupil.parameters(), LR, betas=(0.9, 0.99), weight_decay=0.0)
    losses: list[Tensor] = []
    for step in range(steps):
        loss = _difference(trainer, teacher, strange, step)
        torch.autograd.backward(loss)
        nn.utils.clip_grad_norm_(pupil.parameters(), trainer.recipe.grad_clip)
        for group in optimiser.param_groups:
            group["lr"] = LR * min((step + 1) / WARMUP_STEPS, 1 - step / steps)
        optimiser.step()
        optimiser.zero_grad()
        losses.append(loss.detach())
        if (step + 1) % LOG_EVERY_STEPS == 0:
            on_log(f"reading {step + 1}/{steps}: loss {float(torch.stack(losses).mean()):.4f}")
            losses.clear()
    for name, value in pupil.named_parameters(prefix="text_encoder"):
        trainer.average[name] = value.detach().clone()


def _difference(trainer: Trainer, teacher: nn.Module, strange: Sequence[str], step: int) -> Tensor:
    """Mean squared difference of what the denoiser says: other words heard or not."""
    seed = trainer.recipe.seed
    pictures, captions = compose(trainer.drawings, trainer.recipe, FIRST_BATCH + step)
    rng = np.random.default_rng((seed, FIRST_BATCH + step))
    amid = [amid_other_words(caption, strange, rng) for caption in captions]
    random = torch.Generator().manual_seed(seed + FIRST_BATCH + step)
    latents = trainer.encode(pictures)
    noise = torch.randn(latents.shape, generator=random).to(trainer.device)
    train_steps = len(trainer.scheduler.alphas_cumprod)
    times = torch.randint(train_steps, (len(captions),), generator=random).to(trainer.device)
    with torch.no_grad():
        plain = trainer.predict(latents, noise, times, teacher(trainer.tokens(captions))[0])
    heard = trainer.predict(latents, noise, times, trainer.read(amid))
    return nn.functional.mse_loss(heard, plain)


def _some(choices: Sequence[str], rng: np.random.Generator) -> str:
    return choices[int(rng.integers(len(choices)))]


def _words_in(phrases: Collection[str]) -> frozenset[str]:
    return frozenset(word.strip("!.,;:()") for phrase in phrases for word in phrase.lower().split())
