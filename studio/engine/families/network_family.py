"""What all families share: a network whose steps repeat one another, and an autoencoder."""

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


class NetworkFamily(ABC):
    """A `Family` but for how its prompts are read and bound to its network.

    Args:
        network: predicts from latents (B, C, h, w) at a timestep.
        autoencoder: between these latents and pictures.
        scheduler_config: the content of scheduler_config.json.
    """

    def __init__(
        self, *, network: Any, autoencoder: Autoencoder, scheduler_config: Mapping[str, Any]
    ) -> None:
        self.autoencoder = autoencoder
        self.scheduler_config = scheduler_config
        # Asking the network itself takes a walk through all its modules, a millisecond each time.
        self._placed: tuple[torch.device, torch.dtype] = network.device, network.dtype
        self._predictor: tuple[object, Predict] | None = None
        self._steps = Replay(self._evaluate)

    @property
    def vae(self) -> Any:
        return self.autoencoder.vae

    @property
    def device(self) -> torch.device:
        """Where the network computes."""
        return self._placed[0]

    @property
    def dtype(self) -> torch.dtype:
        """What the network computes in."""
        return self._placed[1]

    @abstractmethod
    def _evaluate(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> torch.Tensor:
        """Call the network with a model input (B, C, h, w), a timestep (no axes) and what `_bind`
        holds. Repeated by `Replay`, whose rules it keeps."""

    @abstractmethod
    def _bind(self, request: Request, conditioning: Conditioning) -> Predict:
        """Encode the prompts and bind them to the network."""

    @torch.inference_mode()
    def predictor(self, request: Request, conditioning: Conditioning = NOTHING) -> Predict:
        """Encode the prompts of `request` and bind them to the network. Jobs of one size repeat the
        same steps; the last predictor is kept, so that another job with the same prompts doesn't
        read them again."""
        if conditioning is not NOTHING:
            return self._bind(request, conditioning)
        read = (
            request.prompt,
            request.negative_prompt,
            request.guidance_scale,
            request.num_images_per_prompt,
            request.size,
            request.clip_skip,
            request.pag_scale,
            request.skip_layers,
            request.image_guidance_scale,
        )
        if self._predictor is None or self._predictor[0] != read:
            self._predictor = read, self._bind(request, conditioning)
        return self._predictor[1]

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
        """The network isn't what it was: nothing that was written down of it holds any more."""
        self._predictor = None
        self._steps = Replay(self._evaluate)
