"""VAEs: what turns pictures into latents and back.

How many channels its latents have tells which families it may serve; between those, its name.
Sources: CompVis latent-diffusion and diffusers' AutoencoderKL (both layouts), Stability's and Black
Forest Labs' 16 channels, FLUX.2's 32, Wan's causal one that Qwen-Image uses.
"""

from __future__ import annotations

from typing import Final

from studio.catalog.kinds.finding import Finding, Weights
from studio.domain.addons import AddonKind

_PREFIXES: Final = ("", "first_stage_model.", "vae.")
_DECODER: Final = "decoder.conv_in.weight"
# Those that people know by name; the first that fits counts.
_NAMES: Final = (
    ("sd3", ("sd3", "sd35", "sd3.5", "stable-diffusion-3")),
    ("flux", ("flux", "flux1", "ae")),
    ("sdxl", ("sdxl", "xl")),
    ("sd", ("sd", "sd15", "840000", "560000", "mse", "ema", "vae-ft", "kl-f8", "anything")),
)
# Families with so many channels; other numbers are those of small ones, made for tests.
_CHANNELS: Final = {4: ("sdxl", "sd"), 16: ("sd3", "flux"), 32: ("flux2",)}


def find_vae(weights: Weights) -> Finding | None:
    """A VAE by itself."""
    for prefix in _PREFIXES:
        below = weights.below(prefix) if prefix else weights
        if below.has(_DECODER, "encoder.conv_in.weight"):
            return _finding(below, below.axis(_DECODER, 1))
        if below.has("decoder.middle.0.residual.0.gamma", "encoder.conv1.weight"):
            return Finding(AddonKind.VAE, "qwen-image")
    if weights.has("decoder.layers.0.weight", "encoder.layers.0.weight"):
        return Finding(AddonKind.VAE, variant="tiny")
    return None


def _finding(weights: Weights, channels: int) -> Finding:
    is_causal = len(weights.tensors[_DECODER].shape) == 5
    if is_causal:
        return Finding(AddonKind.VAE, "qwen-image")
    families = _CHANNELS.get(channels, tuple(family for family, _ in _NAMES))
    if len(families) == 1:
        return Finding(AddonKind.VAE, families[0])
    for family, words in _NAMES:
        if family in families and weights.named(*words):
            return Finding(AddonKind.VAE, family)
    return Finding(AddonKind.VAE)
