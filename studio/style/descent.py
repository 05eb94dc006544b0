"""Gradient descent on the pixels of a picture of one size."""

from __future__ import annotations

from typing import Final

import torch
from torch.nn import functional

from studio.domain.stylize import LossWeights
from studio.style.objective import Losses, Objective

_STEP_SIZE: Final = 0.02
_BETAS: Final = (0.9, 0.99)
_AVERAGE_DECAY: Final = 0.99


class Descent:
    """Adam (Kingma & Ba 2014), and the running average of where it went, which is smoother than
    any single place of them.

    Args:
        start: (1, 3, H, W) in [0, 1]; it is changed.
    """

    def __init__(self, start: torch.Tensor) -> None:
        self._picture = start
        self._adam = torch.optim.Adam([start], lr=_STEP_SIZE, betas=_BETAS, fused=True)
        self._sum = torch.zeros_like(start)
        self._missing = 1.0

    @property
    def picture(self) -> torch.Tensor:
        """(1, 3, H, W) in [0, 1]: the average, without the bias towards its beginning at black;
        where it starts before the first step."""
        if self._missing == 1.0:
            return self._picture
        return self._sum / (1 - self._missing)

    def enlarged(self, height: int, width: int) -> Descent:
        """Goes on from here at another size, with the same momentum."""
        size = (height, width)
        start = functional.interpolate(self.picture, size, mode="bicubic").clamp_(0, 1)
        further = Descent(start.contiguous(memory_format=torch.channels_last))
        if state := self._adam.state[self._picture]:
            further._adam.state[further._picture] = {
                "step": state["step"],
                "exp_avg": functional.interpolate(state["exp_avg"], size, mode="bicubic"),
                # Never below 0, which bicubic interpolation may be.
                "exp_avg_sq": functional.interpolate(state["exp_avg_sq"], size, mode="bilinear"),
            }
        return further

    def step(self, objective: Objective, weights: LossWeights) -> Losses:
        """One iteration; the losses are those before it."""
        self._picture.grad, losses = objective.gradient(self._picture, weights)
        self._adam.step()
        self._adam.zero_grad()  # a gradient is as large as the picture
        self._picture.clamp_(0, 1)
        self._sum.lerp_(self._picture, 1 - _AVERAGE_DECAY)
        self._missing *= _AVERAGE_DECAY
        return losses
