"""What the families around a diffusion transformer share."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from typing import Any

import torch

from studio.domain.geometry import Size
from studio.domain.request import Request
from studio.engine.conditioning import NOTHING, Conditioning
from studio.engine.families.autoencoder import Autoencoder
from studio.engine.families.family import Predict
from studio.engine.replay import Replay


class TransformerFamily(ABC):
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
        self.transformer = transformer
        self.autoencoder = autoencoder
        self.scheduler_config = scheduler_config
        # Asking the transformer itself takes a walk through all its modules.
        self._placed = transformer.device, transformer.dtype
        self._predictor: tuple[object, Predict] | None = None
        self._steps = Replay(self._evaluate)

    @property
    def vae(self) -> Any:
        return self.autoencoder.vae

    @abstractmethod
    def _evaluate(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> torch.Tensor:
        """Call the transformer with latents (B, C, h, w), a timestep (no axes) and what `_bind`
        holds; from its answer, latents (B, C, h, w). Repeated by `Replay`, whose rules it keeps."""

    @abstractmethod
    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Encode the prompts and bind them to the transformer."""

    @torch.inference_mode()
    def predictor(self, request: Request, conditioning: Conditioning = NOTHING) -> Predict:
        """Encode the prompts of `request` and bind them to the transformer. The last predictor is
        kept, so that another job with the same prompts doesn't read them again."""
        if conditioning is not NOTHING:
            return self._bind(request, conditioning)
        read = (
            request.prompt,
            request.negative_prompt,
            request.guidance_scale,
            request.num_images_per_prompt,
            request.size,
            request.clip_skip,
        )
        if self._predictor is None or self._predictor[0] != read:
            self._predictor = read, self._bind(request, conditioning)
        return self._predictor[1]

    def masked(
        self,
        size: Size,
        pixels: torch.Tensor | None,
        change: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """See `Family.masked`; only those that take a mask can tell."""
        raise NotImplementedError

    def noise(self, size: Size, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Standard normal latents (B, C, h, w), the same for a seed in every dtype."""
        return self.autoencoder.noise(size, generators).to(*self._placed)

    def encode(self, pixels: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Latents of pictures in [0, 1]: see `Autoencoder.encode`."""
        return self.autoencoder.encode(pixels, generators).to(*self._placed)

    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) in [-1, 1], not clamped."""
        return self.autoencoder.decode(latents)

    def preview(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, h, w) in [-1, 1], rough or exact."""
        return self.autoencoder.preview(latents)

    def forget_steps(self) -> None:
        """The transformer isn't what it was: nothing that was written down of it holds any more."""
        self._predictor = None
        self._steps = Replay(self._evaluate)

    def set_frugal(self, frugal: bool) -> None:
        """The autoencoder works in tiles; attention takes little memory as it is."""
        self.forget_steps()
        self.autoencoder.set_frugal(frugal)

    def _here(self, tensor: torch.Tensor) -> torch.Tensor:
        """`tensor` on the transformer's device, in its dtype."""
        return tensor.to(*self._placed)
