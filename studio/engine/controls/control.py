"""What bound controls add to a UNet in one evaluation.

A ControlNet (Zhang et al. 2023, “Adding Conditional Control to Text-to-Image Diffusion Models”)
looks at the latents as well and runs at every step; a T2I-adapter (Mou et al. 2023) looks at its
picture only, once.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property
from typing import Any

import torch

from studio.engine.conditioning import Moment

Named = Mapping[str, Any]
"""What the model is told beside latents and timestep, by the names that a UNet takes it by."""


@dataclass(frozen=True, slots=True)
class BoundControl(ABC):
    """A network and its picture, (1, 3, H, W) in [0, 1] at the size of what is drawn, in the
    network's dtype.

    `strength` counts from `start` to `end` of the whole way, 0 to 1.
    """

    network: Any
    picture: torch.Tensor
    strength: float
    start: float
    end: float

    def seeing(self, picture: torch.Tensor) -> BoundControl:
        """The same with another picture."""
        return replace(self, picture=picture)

    def is_on(self, moment: Moment) -> bool:
        """Whether it has a say in this evaluation."""
        return self.start <= moment.before and moment.after <= self.end and self.strength > 0

    @abstractmethod
    def add_to(
        self,
        sums: Residuals,
        model_input: torch.Tensor,
        timestep: torch.Tensor,
        named: Named,
    ) -> None:
        """Add what it has to say of `model_input` (B, C, h, w)."""


class Residuals:
    """What is added to the UNet's skip connections, its middle, and within its blocks."""

    def __init__(self) -> None:
        self.down: list[torch.Tensor] = []
        self.middle: torch.Tensor | None = None
        self.within: list[torch.Tensor] = []

    def add(self, down: Sequence[torch.Tensor], middle: torch.Tensor) -> None:
        """Add a ControlNet's."""
        self.down = _summed(self.down, down)
        self.middle = middle if self.middle is None else self.middle + middle

    def add_within(self, states: Sequence[torch.Tensor]) -> None:
        """Add a T2I-adapter's."""
        self.within = _summed(self.within, states)

    def named(self) -> dict[str, Any]:
        """By the names that a UNet takes them by."""
        given: dict[str, Any] = {}
        if self.middle is not None:
            given["down_block_additional_residuals"] = self.down
            given["mid_block_additional_residual"] = self.middle
        if self.within:
            # The UNet takes them out of the list.
            given["down_intrablock_additional_residuals"] = list(self.within)
        return given


def added(
    controls: Sequence[BoundControl],
    model_input: torch.Tensor,
    timestep: torch.Tensor,
    named: Named,
    moment: Moment,
) -> dict[str, Any]:
    """What `controls` add to a UNet that sees `model_input` (B, C, h, w), by the names it takes
    that by; nothing at moments at which none has a say."""
    residuals = Residuals()
    for control in controls:
        if control.is_on(moment):
            control.add_to(residuals, model_input, timestep, named)
    return residuals.named()


class ControlNet(BoundControl):
    """A ControlNet: `network` is diffusers' ControlNetModel."""

    def add_to(
        self,
        sums: Residuals,
        model_input: torch.Tensor,
        timestep: torch.Tensor,
        named: Named,
    ) -> None:
        down, middle = self.network(
            model_input,
            timestep,
            encoder_hidden_states=named["encoder_hidden_states"],
            controlnet_cond=_each(self.picture, model_input),
            conditioning_scale=self.strength,
            added_cond_kwargs=named.get("added_cond_kwargs"),
            return_dict=False,
        )
        sums.add(down, middle)


class T2IAdapter(BoundControl):
    """A T2I-adapter: `network` is diffusers' T2IAdapter."""

    @cached_property
    def _states(self) -> list[torch.Tensor]:
        return [state * self.strength for state in self.network(self.picture)]

    def add_to(
        self,
        sums: Residuals,
        model_input: torch.Tensor,
        timestep: torch.Tensor,
        named: Named,
    ) -> None:
        sums.add_within([_each(state, model_input) for state in self._states])


def _each(tensor: torch.Tensor, model_input: torch.Tensor) -> torch.Tensor:
    """(1, …) as often as the model input has rows."""
    return tensor.repeat(len(model_input), *[1] * (tensor.dim() - 1))


def _summed(sums: Sequence[torch.Tensor], more: Sequence[torch.Tensor]) -> list[torch.Tensor]:
    if not sums:
        return list(more)
    return [one + other for one, other in zip(sums, more, strict=True)]
