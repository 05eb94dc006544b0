"""Between pictures and the latents that the loop works on."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import torch

from studio.domain.geometry import Size
from studio.engine.preview import Draw, LinearPreview
from studio.engine.preview_factors import FACTORS


class Autoencoder:
    """An AutoencoderKL, or one with its encode, decode and config.

    Latents of the loop are (those of the autoencoder - shift_factor) * scaling_factor.

    Args:
        vae: the network.
        factors: under which name its linear preview is known (`FACTORS`), if it is; else it is
            fitted.
    """

    def __init__(self, vae: Any, factors: str) -> None:
        self.vae = vae
        self.channels: int = vae.config.latent_channels
        self.shrinks_by: int = 2 ** (len(vae.config.block_out_channels) - 1)
        self._factors = factors
        # Where the device is too small to decode a picture whole, its placement says so.
        self._always_tiles: bool = getattr(vae, "use_tiling", False)
        self._shift: float = getattr(vae.config, "shift_factor", None) or 0.0
        self._preview: Draw | None = None

    def with_vae(self, vae: Any) -> Autoencoder:
        """The same with another network, which makes latents of the same kind and is now as frugal
        as this one."""
        other = Autoencoder(vae, self._factors)
        if hasattr(self.vae, "use_tiling"):
            other._always_tiles = self._always_tiles
            vae.use_tiling, vae.use_slicing = self.vae.use_tiling, self.vae.use_slicing
        return other

    def noise(self, size: Size, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Standard normal latents (B, C, h, w) on the CPU, drawn in float32 so that a seed means
        the same noise in every dtype."""
        height, width = size.height // self.shrinks_by, size.width // self.shrinks_by
        shape = (1, self.channels, height, width)
        return torch.cat([torch.randn(shape, generator=generator) for generator in generators])

    @torch.inference_mode()
    def encode(self, pixels: torch.Tensor, generators: Sequence[torch.Generator]) -> torch.Tensor:
        """Latents of pictures in [0, 1], each drawn by its own generator; of one picture, once by
        each generator."""
        if len(pixels) > 1:
            return torch.cat(
                [self.encode(pixels[i : i + 1], [drawn]) for i, drawn in enumerate(generators)]
            )
        signed = (2.0 * pixels - 1.0).to(self.vae.device, self.vae.dtype)
        encoded = self.vae.encode(signed)
        if hasattr(encoded, "latent_dist"):
            drawn = [encoded.latent_dist.sample(generator) for generator in generators]
        else:
            drawn = [encoded.latents] * len(generators)
        latents = torch.cat(drawn)
        if self._shift:
            latents = latents - self._shift
        scaled: torch.Tensor = self.vae.config.scaling_factor * latents
        return scaled

    @torch.inference_mode()
    def encode_exactly(self, pixels: torch.Tensor) -> torch.Tensor:
        """Latents (B, C, h, w) of pictures (B, 3, H, W) in [0, 1], the likeliest, with nothing
        drawn."""
        latents = self.likeliest(pixels)
        if self._shift:
            latents = latents - self._shift
        scaled: torch.Tensor = self.vae.config.scaling_factor * latents
        return scaled

    @torch.inference_mode()
    def likeliest(self, pixels: torch.Tensor) -> torch.Tensor:
        """The same as the autoencoder itself has them, neither shifted nor scaled."""
        signed = (2.0 * pixels - 1.0).to(self.vae.device, self.vae.dtype)
        encoded = self.vae.encode(signed)
        latents: torch.Tensor = (
            encoded.latent_dist.mode() if hasattr(encoded, "latent_dist") else encoded.latents
        )
        return latents

    @torch.inference_mode()
    def decode(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, H, W) in [-1, 1], not clamped."""
        scaled = latents.to(self.vae.dtype) / self.vae.config.scaling_factor
        if self._shift:
            scaled = scaled + self._shift
        pictures: torch.Tensor = self.vae.decode(scaled, return_dict=False)[0]
        return pictures

    @torch.inference_mode()
    def preview(self, latents: torch.Tensor) -> torch.Tensor:
        """Pictures (B, 3, h, w) in [-1, 1]: exact where the decoder is linear, else at the
        latents' resolution."""
        if self._preview is None:
            self._preview = self._make_preview(latents.device, latents.dtype)
        return self._preview(latents)

    def set_frugal(self, frugal: bool) -> None:
        """An AutoencoderKL works in tiles, one picture at a time; or back at full speed."""
        if hasattr(self.vae, "use_tiling"):
            self.vae.use_tiling = self.vae.use_slicing = frugal or self._always_tiles

    def _make_preview(self, device: torch.device, dtype: torch.dtype) -> Draw:
        if hasattr(self.vae, "preview_factors"):
            return self.decode  # linear itself
        factors = FACTORS.get(self._factors)
        if factors is not None and self.channels == len(factors.weights):
            return LinearPreview.known(self._factors, device, dtype)
        return LinearPreview.fitted(self.decode, self.channels, device, dtype)
