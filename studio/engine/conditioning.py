"""What a model looks at beside latents, timestep and prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final, NamedTuple

import torch


class Moment(NamedTuple):
    """One evaluation of a model: how much of the whole way lies behind before and after it, each
    from 0 to 1."""

    before: float
    after: float


SOMETIME: Final = Moment(0.0, 1.0)
"""For who doesn't care when."""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Made once, before the first step.

    `masked` (B, c, h, w) is what `Family.masked` gave of the mask and the picture under it;
    `edited` (B, C, h, w) are the latents of the picture that is changed as the prompt says.
    """

    masked: torch.Tensor | None = None
    edited: torch.Tensor | None = None


NOTHING: Final = Conditioning()
