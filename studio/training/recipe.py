"""The recipe in numbers: every choice of the embedded model's training, with its reason."""

from __future__ import annotations

from dataclasses import dataclass, field

from studio.training.scenes import SceneMix


@dataclass(frozen=True)
class Recipe:
    """All that decides the weights, given the drawings. The defaults are the first lesson's."""

    full: bool = False  # every named thing rather than the first lesson's three hundred
    mix: SceneMix = field(default_factory=SceneMix)
    picture_px: int = 64
    latent_channels: int = 32  # 27 dB on 64 px drawings
    vocab_size: int = 4096
    max_tokens: int = 32
    text_width: int = 256
    text_layers: int = 3
    unet_channels: tuple[int, ...] = (128, 192)
    heads: int = 4
    objective: str = "v_prediction"  # what the net says: the velocity, or (`sample`) the picture
    perceptual_weight: float = 0.0  # of how different the predicted picture looks, beside its error
    optimiser: str = "muon"  # or `adamw` for everything
    batch: int = 48  # small, for many steps; large enough to pay for Muon
    lr: float = 2e-3
    weight_decay: float = 0.01
    warmup_steps: int = 100
    decay_share: float = 0.3  # of the run, at its end, in which the learning rate falls to 0
    ema_sharpness: float = 16.0  # the average's memory is about 1/16 of the training so far
    empty_caption: float = 0.1  # for classifier-free guidance (Ho & Salimans 2022)
    grad_clip: float = 1.0
    bf16: bool = False  # multiply in bfloat16, keep weights and sums in float32
    seed: int = 0
    hours: float = 1.0
    steps: int = 0  # if not 0, the run ends after so many steps, however long they take
