"""Between pictures and the latents of FLUX.2: 2 × 2 of the autoencoder's become one, with as many
channels, each as it is spread on the whole."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from studio.engine.families.autoencoder import Autoencoder
from studio.engine.preview import Draw


class PatchedAutoencoder(Autoencoder):
    """An AutoencoderKLFlux2.

    Args:
        vae: the network.
        factors: under which name its linear preview is known, if it is; else it is fitted.
    """

    def __init__(self, vae: Any, factors: str) -> None:
        self.vae = vae
        self.channels: int = 4 * vae.config.latent_channels
        self.shrinks_by: int = 2 ** len(vae.config.block_out_channels)
        self._factors = factors
        self._always_tiles: bool = getattr(vae, "use_tiling", False)
        self._preview: Draw | None = None
        spread = torch.sqrt(vae.bn.running_var + vae.config.batch_norm_eps)
        self._mean = vae.bn.running_mean.view(1, -1, 1, 1)
        self._deviation = spread.view(1, -1, 1, 1)

    def with_vae(self, vae: Any) -> PatchedAutoencoder:
        """The same with another network, which makes latents of the same kind."""
        other = PatchedAutoencoder(vae, self._factors)
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
        spread = self.vae.encode(self._signed(pixels)).latent_dist
        return self._patched(torch.cat([spread.sample(generator) for generator in generators]))

    @torch.inference_mode()
    def encode_exactly(self, pixels: torch.Tensor) -> torch.Tensor:
        """Latents (B, C, h, w) of pictures (B, 3, H, W) in [0, 1], the likeliest, with nothing
        drawn."""
        return self._patched(self.vae.encode(self._signed(pixels)).latent_dist.mode())

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) in [-1, 1], not clamped."""
        spread = latents.to(self.vae.dtype) * self._deviation + self._mean
        images, channels, height, width = spread.shape
        patches = spread.reshape(images, channels // 4, 2, 2, height, width)
        whole = patches.permute(0, 1, 4, 2, 5, 3)
        whole = whole.reshape(images, channels // 4, height * 2, width * 2)
        pictures: torch.Tensor = self.vae.decode(whole, return_dict=False)[0]
        return pictures

    def _signed(self, pixels: torch.Tensor) -> torch.Tensor:
        return (2.0 * pixels - 1.0).to(self.vae.device, self.vae.dtype)

    def _patched(self, latents: torch.Tensor) -> torch.Tensor:
        images, channels, height, width = latents.shape
        patches = latents.view(images, channels, height // 2, 2, width // 2, 2)
        patches = patches.permute(0, 1, 3, 5, 2, 4)
        patched = patches.reshape(images, channels * 4, height // 2, width // 2)
        spread: torch.Tensor = (patched - self._mean) / self._deviation
        return spread
