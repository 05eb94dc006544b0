"""What the families around a diffusion transformer share."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import torch

from studio.domain.geometry import Size
from studio.engine.families.autoencoder import Autoencoder
from studio.engine.families.network_family import NetworkFamily


class TransformerFamily(NetworkFamily):
    """A `Family` whose transformer predicts which way to go from latents (B, C, h, w) at a
    timestep.

    Args:
        transformer: the network.
        autoencoder: between its latents and pictures.
        scheduler_config: the content of scheduler_config.json.
    """

    takes_mask: bool = False
    edits: bool = False

    def __init__(
        self, *, transformer: Any, autoencoder: Autoencoder, scheduler_config: Mapping[str, Any]
    ) -> None:
        super().__init__(
            network=transformer, autoencoder=autoencoder, scheduler_config=scheduler_config
        )
        self.transformer = transformer

    def masked(
        self,
        size: Size,
        pixels: torch.Tensor | None,
        change: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """See `Family.masked`; only those that take a mask can tell."""
        raise NotImplementedError

    def set_frugal(self, frugal: bool) -> None:
        """The autoencoder works in tiles; attention takes little memory as it is."""
        self.forget_steps()
        self.autoencoder.set_frugal(frugal)

    def _here(self, tensor: torch.Tensor) -> torch.Tensor:
        """`tensor` on the transformer's device, in its dtype."""
        return tensor.to(*self._placed)
