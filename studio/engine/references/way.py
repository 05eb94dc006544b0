"""What it takes for IP-Adapters to let one family's models see pictures."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any, ClassVar

import torch

from studio.domain.control import ReferenceKind

Weights = dict[str, dict[str, torch.Tensor]]
"""An IP-Adapter's tensors as diffusers takes them: "image_proj" and "ip_adapter"."""
Wish = tuple[ReferenceKind, float]
"""What of a reference counts, and how much."""


class ReferenceWay(ABC):
    """How a network wears IP-Adapters.

    `most` is how many at a time; `kinds` is what of a picture it can be told to heed.
    """

    most: ClassVar[int]
    kinds: ClassVar[frozenset[ReferenceKind]]

    @abstractmethod
    def network(self, family: Any) -> Any:
        """What wears them."""

    @abstractmethod
    def fits(self, weights: Weights, network: Any) -> bool:
        """Whether an IP-Adapter was made for networks like this one."""

    @abstractmethod
    def put_on(self, weights: Sequence[Weights], network: Any, device: torch.device) -> None:
        """Let `network` wear them, the layers that come with them on `device`."""

    @abstractmethod
    def take_off(self, network: Any) -> None:
        """Let go of what isn't an attention's."""

    @abstractmethod
    def set_strengths(self, network: Any, wishes: Sequence[Wish]) -> None:
        """Let each attention heed each reference as it is wished."""
