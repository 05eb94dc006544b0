"""What bound controls add to a model in one evaluation."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import torch

from studio.engine.conditioning import Moment

Named = Mapping[str, Any]
"""What a model is told beside latents and timestep, by the names that it takes it by."""


@dataclass(frozen=True, slots=True)
class BoundControl(ABC):
    """A network and its picture, (1, 3, H, W) in [0, 1] at the size of what is drawn, in the
    network's dtype. To one that paints places anew these are −1, and it may see one for each.

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

    def joined(self, other: BoundControl) -> BoundControl | None:
        """Both as one, where a network sees several pictures at once; else None."""
        return None

    @abstractmethod
    def residuals(self, latents: torch.Tensor, timestep: torch.Tensor, named: Named) -> Named:
        """What it has to say of `latents` (B, C, h, w) at a timestep (no axes), by the names that
        the model takes it by: tensors, or sequences or mappings of tensors. `named` is what the
        model itself is told."""


def added(
    controls: Sequence[BoundControl],
    latents: torch.Tensor,
    timestep: torch.Tensor,
    named: Named,
    moment: Moment,
) -> dict[str, Any]:
    """What `controls` add to a model that sees `latents` (B, C, h, w), by the names it takes that
    by; nothing at moments at which none has a say."""
    sums: dict[str, Any] = {}
    for control in _joined([control for control in controls if control.is_on(moment)]):
        for name, residual in control.residuals(latents, timestep, named).items():
            sums[name] = _sum(sums[name], residual) if name in sums else residual
    return sums


def each(tensor: torch.Tensor, latents: torch.Tensor) -> torch.Tensor:
    """(1, …), or one row for each picture, as often as the latents have rows."""
    return tensor.repeat(len(latents) // len(tensor), *[1] * (tensor.dim() - 1))


def _joined(controls: Sequence[BoundControl]) -> list[BoundControl]:
    """These, those that go together as one in the place of the first of them."""
    joined: list[BoundControl] = []
    for control in controls:
        for place, earlier in enumerate(joined):
            if (both := earlier.joined(control)) is not None:
                joined[place] = both
                break
        else:
            joined.append(control)
    return joined


def _sum(one: Any, other: Any) -> Any:
    if isinstance(one, torch.Tensor):
        return one + other
    if isinstance(one, Mapping):
        both = {name: _sum(one[name], other[name]) for name in one.keys() & other.keys()}
        return {**one, **other, **both}
    return [_sum(first, second) for first, second in zip(one, other, strict=True)]
