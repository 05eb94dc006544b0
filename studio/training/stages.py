"""The stages of the embedded model's training, and what they leave in the work folder."""

from __future__ import annotations

import argparse
import json
import logging
from collections.abc import Sequence
from dataclasses import replace
from functools import partial

import numpy as np
import torch
from transformers import CLIPTokenizer

from studio.engine.patch_autoencoder import LinearPatchAutoencoder
from studio.training import autoencoder, drawings, sheet
from studio.training.batches import compose
from studio.training.comparison import Run, compare, load_runs, save_runs, to_markdown
from studio.training.concepts import everything
from studio.training.denoiser import Trainer
from studio.training.evaluation.lessons import ANOTHER_SEED, trained_classifier
from studio.training.export import export
from studio.training.perceptual import PerceptualDistance
from studio.training.reading import strange_words, teach_reading
from studio.training.recipe import Recipe
from studio.training.scenes import HANDS, SceneMix
from studio.training.tokenizer import train_tokenizer

log = logging.getLogger(__name__)

# Batches that the autoencoder and the tokenizer are fitted to; no training step reaches them.
FITTING_STEPS = range(10**9, 10**9 + 100)
READING_STEPS = 400
ALL_HANDS = {**HANDS, "simple": 0.15}


def run_stages(options: argparse.Namespace, stages: Sequence[str]) -> None:
    """Run the named stages in order, with the options of `pentimento train embedded`."""
    recipe = Recipe(
        hours=options.hours, bf16=options.bf16, perceptual_weight=options.perceptual_weight
    )
    if options.full:
        recipe = replace(recipe, full=True, mix=SceneMix(hands=ALL_HANDS))
    for stage in stages:
        log.info("stage: %s", stage)
        STAGES[stage](options, recipe)


def run_drawings(options: argparse.Namespace, recipe: Recipe) -> drawings.Drawings:
    """Fetch and rasterise; write down what came from where."""
    loaded = drawings.load(options.work / "cache", tuple(recipe.mix.hands), recipe.full)
    ledger = json.dumps(loaded.ledger, indent=2) + "\n"
    (options.work / "ledger.json").write_text(ledger, encoding="utf-8")
    return loaded


def run_autoencoder(options: argparse.Namespace, recipe: Recipe) -> None:
    """Fit the patch basis to 3,200 scenes."""
    loaded = run_drawings(options, recipe)
    pictures = np.concatenate([compose(loaded, recipe, step)[0] for step in FITTING_STEPS])
    tensor = autoencoder.to_tensor(pictures)
    vae = autoencoder.fit(tensor, recipe.latent_channels)
    vae.save_pretrained(options.work / "vae")
    log.info("autoencoder: %.1f dB", autoencoder.psnr(vae, tensor))


def run_tokenizer(options: argparse.Namespace, recipe: Recipe) -> None:
    """Learn the words: every name in the full set, and the captions of 3,200 scenes."""
    loaded = run_drawings(options, recipe)
    names = everything(options.work / "cache" / "emojibase-en.json")
    texts = [word for concept in names for word in concept.words]
    for step in FITTING_STEPS:
        texts += compose(loaded, recipe, step)[1]
    tokenizer = train_tokenizer(texts, recipe.vocab_size, recipe.max_tokens)
    tokenizer.save_pretrained(options.work / "tokenizer")
    log.info("tokenizer: %d tokens", len(tokenizer))


def run_denoiser(options: argparse.Namespace, recipe: Recipe) -> None:
    """The long run."""
    trainer = _trainer(options, recipe)
    checkpoint = options.work / "denoiser.pt"
    if options.resume and checkpoint.exists():
        trainer.load(checkpoint)
        log.info("going on from step %d", trainer.step)
    trainer.run(checkpoint, log.info, options.workers)


def run_reading(options: argparse.Namespace, recipe: Recipe) -> None:
    """The last lesson, short: the reader learns to let words be that show nothing."""
    trainer = _trainer(options, recipe)
    trainer.load(options.work / "denoiser.pt")
    words = strange_words(options.work / "cache" / "emojibase-en.json", trainer.drawings.concepts)
    teach_reading(trainer, words, READING_STEPS, log.info)
    trainer.save(options.work / "denoiser.pt")


def run_export(options: argparse.Namespace, recipe: Recipe) -> None:
    """Write the folder that ships, from the last checkpoint, and its sample sheet."""
    trainer = _trainer(options, recipe)
    trainer.load(options.work / "denoiser.pt")
    folder = options.out or options.work / "export"
    for path, digest in export(trainer, folder).items():
        log.info("%s  %s", digest, path)
    sheet.draw_sheet(sheet.load_pipeline(folder)).save(folder / "samples.png")
    log.info("step %d, %.0f s: %s", trainer.step, trainer.seconds, folder)


def run_compare(options: argparse.Namespace, recipe: Recipe) -> None:
    """Short runs of variants of the recipe for `--hours` of processor time each; a table."""
    seconds = 3600 * options.hours
    judge = trained_classifier(run_drawings(options, recipe), options.work, seed=ANOTHER_SEED)
    kept = options.work / "comparison.json"
    runs: list[Run] = load_runs(kept, seconds) if options.resume and kept.exists() else []
    done = {run.variant for run in runs}
    new_trainer = partial(_trainer, options)
    for run in compare(new_trainer, recipe, seconds, PerceptualDistance(judge), done):
        runs.append(run)
        save_runs(kept, runs)
    table = to_markdown(runs)
    (options.work / "comparison.md").write_text(table, encoding="utf-8")
    log.info("%s", table)


def _trainer(options: argparse.Namespace, recipe: Recipe) -> Trainer:
    device = options.device
    if device == "auto":
        device = "cuda" if torch.cuda.is_available() else "cpu"
    loaded = run_drawings(options, recipe)
    vae = LinearPatchAutoencoder.from_pretrained(options.work / "vae")
    tokenizer = CLIPTokenizer.from_pretrained(options.work / "tokenizer")
    perceptual = None
    if recipe.perceptual_weight:
        perceptual = PerceptualDistance(trained_classifier(loaded, options.work))
    return Trainer(recipe, loaded, vae, tokenizer, device, perceptual)


STAGES = {
    "drawings": run_drawings,
    "autoencoder": run_autoencoder,
    "tokenizer": run_tokenizer,
    "denoiser": run_denoiser,
    "reading": run_reading,
    "export": run_export,
    "compare": run_compare,
}
