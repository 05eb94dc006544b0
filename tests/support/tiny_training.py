"""A recipe so small that a test can train it, and what a trainer begins with."""

from __future__ import annotations

from collections.abc import Sequence

from transformers import CLIPTokenizer

from studio.training.autoencoder import LinearPatchAutoencoder, fit, to_tensor
from studio.training.batches import compose
from studio.training.drawings import Drawings
from studio.training.recipe import Recipe
from studio.training.tokenizer import train_tokenizer

TINY = Recipe(
    picture_px=32,
    latent_channels=4,
    max_tokens=12,
    text_width=32,
    text_layers=1,
    unet_channels=(32, 32),
    heads=2,
    batch=4,
)
# No test's training comes to it: what the parts are fitted to is none of what they are tried with.
_FAR_STEP = 10**6


def fitted(
    drawings: Drawings, recipe: Recipe = TINY, words: Sequence[str] = ()
) -> tuple[LinearPatchAutoencoder, CLIPTokenizer]:
    """The autoencoder and the tokenizer, which knows `words`, too, of a recipe."""
    pictures, captions = compose(drawings, recipe, _FAR_STEP)
    vae = fit(to_tensor(pictures), recipe.latent_channels)
    return vae, train_tokenizer([*captions, *words], 600, recipe.max_tokens)
