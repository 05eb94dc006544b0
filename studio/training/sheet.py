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
    "an apple", "a strawberry", "a hamburger", "pizza", "a birthday cake", "a rose", "a tree",
    "a cactus",
    "a car", "a rocket", "a sailing boat", "a house", "a castle", "the sun", "a rainbow", "a robot",
    # the hands
    "a fox, flat style", "a fox, shaded style", "a fox, glossy 3D style",
    "a fox, bold outline style", "a fox, soft style", "an apple, glossy 3D style",
    "a car, bold outline style", "an owl, soft pastel style",
    # colours of things, colours behind them
    "a blue car", "a purple cat", "a green heart", "a red owl", "a blue apple",
    "a cat on a blue background", "an apple on a black background", "a tree, yellow background",
    # places and gradients
    "a cat in the snow", "a dog in a meadow", "a penguin at sunset", "a house at night",
    "a sailing boat on the beach", "a camel in the desert", "an octopus under water",
    "an airplane in the sky",
    "a fox on a gradient from orange to purple", "a rocket on a gradient from black to blue",
    "a blue cat at sunset", "a red fish on a green background",
    # numbers, pairs, one above another
    "two apples", "three hearts", "two cats", "three stars at night",
    "a cat and a dog", "a cat next to a tree", "a house and a moon at night",
    "a moon above a house", "a rabbit under a tree", "a star on the left",
    # other words
    "a kitty", "an automobile, glossy 3D style",
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
