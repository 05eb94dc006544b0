"""Pictures as films of one frame: between them and the latents of Qwen-Image's autoencoder."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from studio.engine.families.autoencoder import Autoencoder
from studio.engine.preview import Draw


class FrameAutoencoder(Autoencoder):
    """An AutoencoderKLQwenImage: latents of the loop are its own, each channel less its mean and
    divided by its deviation.

    Args:
        vae: the network.
        factors: under which name its linear preview is known, if it is; else it is fitted.
    """

    def __init__(self, vae: Any, factors: str) -> None:
        self.vae = vae
        self.channels: int = vae.config.z_dim
        self.shrinks_by: int = 2 ** len(vae.config.temperal_downsample)
        self._factors = factors
        self._always_tiles: bool = getattr(vae, "use_tiling", False)
        self._preview: Draw | None = None
        self._mean = self._channelwise(vae.config.latents_mean)
        self._deviation = self._channelwise(vae.config.latents_std)

    def with_vae(self, vae: Any) -> FrameAutoencoder:
        """The same with another network, which makes latents of the same kind."""
        other = FrameAutoencoder(vae, self._factors)
        other._always_tiles = self._always_tiles
        vae.use_tiling, vae.use_slicing = self.vae.use_tiling, self.vae.use_slicing
        return other

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Latents of pictures in [0, 1], each drawn by its own generator; of one picture, once by
        each generator."""
        if len(pixels) > 1:
            return torch.cat(
                [self.encode(pixels[i : i + 1], [drawn]) for i, drawn in enumerate(generators)]
            )
        film = self._film(pixels)
        drawn = [self.vae.encode(film).latent_dist.sample(generator) for generator in generators]
        return ((torch.cat(drawn) - self._mean) * (1.0 / self._deviation)).squeeze(2)

    @torch.inference_mode()
    def encode_exactly(self, pixels: torch.Tensor) -> torch.Tensor:
        """Latents (B, C, h, w) of pictures (B, 3, H, W) in [0, 1], the likeliest, with nothing
        drawn."""
        likeliest = self.likeliest(pixels).unsqueeze(2)
        latents: torch.Tensor = ((likeliest - self._mean) / self._deviation).squeeze(2)
        return latents

    @torch.inference_mode()
    def likeliest(self, pixels: torch.Tensor) -> torch.Tensor:
        """The same as the autoencoder itself has them."""
        latents: torch.Tensor = self.vae.encode(self._film(pixels)).latent_dist.mode().squeeze(2)
        return latents

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) in [-1, 1], not clamped."""
        film = latents.to(self.vae.dtype).unsqueeze(2)
        film = film / (1.0 / self._deviation) + self._mean
        pictures: torch.Tensor = self.vae.decode(film, return_dict=False)[0][:, :, 0]
        return pictures

    def _film(self, pixels: torch.Tensor) -> torch.Tensor:
        return (2.0 * pixels - 1.0).to(self.vae.device, self.vae.dtype).unsqueeze(2)

    def _channelwise(self, numbers: Sequence[float]) -> torch.Tensor:
        """(1, C, 1, 1, 1)."""
        tensor = torch.tensor(numbers, device=self.vae.device, dtype=self.vae.dtype)
        return tensor.view(1, -1, 1, 1, 1)
