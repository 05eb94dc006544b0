"""A contact sheet of fixed prompts and a fixed seed: how to see what a checkpoint has learnt."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import torch
from diffusers import StableDiffusionPipeline
from PIL import Image

# diffusers loads a class of ours only from a module that is already imported.
from studio.engine import patch_autoencoder  # noqa: F401

PROMPTS = (
    "a cat", "a dog", "a fox", "a panda", "a frog", "an owl", "a penguin", "a fish",
    "an apple", "a strawberry", "a banana", "a hamburger", "pizza", "a rose", "a tree", "a cactus",
    "a car", "a bus", "a rocket", "a house", "a castle", "the sun", "a rainbow", "a heart",
    "a smiling face", "a robot", "a ghost", "a guitar", "a key", "an umbrella", "a star", "a crown",
    "a cat on a blue background", "a cat in the snow", "a dog in a meadow", "a penguin at sunset",
    "a blue car", "a purple cat", "a green heart", "an apple on a black background",
    "two apples", "three hearts", "a cat and a dog", "a sun on the left",
    "a fox, shaded style", "a boat on the beach", "a house at night", "a tree, yellow background",
)  # fmt: skip
COLUMNS = 8
CELL_PX = 96


def load_pipeline(folder: Path, **components: Any) -> Any:
    """diffusers' own pipeline from an exported folder, in full precision, with no progress bar."""
    pipeline = StableDiffusionPipeline.from_pretrained(  # type: ignore[no-untyped-call]
        folder, dtype=torch.float32, local_files_only=True, **components
    )
    pipeline.set_progress_bar_config(disable=True)
    return pipeline


def draw_sheet(
    pipeline: Any,
    prompts: tuple[str, ...] = PROMPTS,
    steps: int = 20,
    guidance_scale: float = 3.0,
    seed: int = 0,
) -> Image.Image:
    """All prompts in reading order, eight a row, each from its own seed."""
    generators = [torch.Generator().manual_seed(seed + i) for i in range(len(prompts))]
    pictures = pipeline(
        list(prompts),
        num_inference_steps=steps,
        guidance_scale=guidance_scale,
        generator=generators,
    ).images
    rows = -(-len(prompts) // COLUMNS)
    sheet = Image.new("RGB", (COLUMNS * CELL_PX, rows * CELL_PX), "white")
    for i, picture in enumerate(pictures):
        cell = picture.resize((CELL_PX, CELL_PX), Image.Resampling.LANCZOS)
        sheet.paste(cell, (i % COLUMNS * CELL_PX, i // COLUMNS * CELL_PX))
    return sheet
