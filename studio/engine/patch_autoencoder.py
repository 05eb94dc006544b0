"""A linear patch autoencoder: pictures to latents and back with one matrix each way.

Each 8 x 8 patch of a picture (192 numbers) is written in the basis of its principal components:
the best linear code of that length (Pearson 1901; Eckart & Young 1936). Components are
half-whitened, that is divided by the root of their standard deviation, so that fine detail is
neither lost under the diffusion noise nor as loud as the coarse shape.

Being linear, it decodes in microseconds, leaves untouched patches untouched, and the mean colour of
every patch is an exact linear map of its latent (`preview_factors`). It has the methods and the
config names of diffusers' `AutoencoderKL`, so Stable Diffusion pipelines take it as their `vae`.
"""

from __future__ import annotations

import torch
from diffusers.configuration_utils import ConfigMixin, register_to_config
from diffusers.models.autoencoders.vae import DecoderOutput, IdentityDistribution
from diffusers.models.modeling_outputs import AutoencoderKLOutput
from diffusers.models.modeling_utils import ModelMixin
from torch import Tensor, nn
from torch.nn import functional


class LinearPatchAutoencoder(ModelMixin, ConfigMixin):  # type: ignore[misc]
    """RGB pictures in -1..1, (B, 3, H, W), to latents (B, C, H/8, W/8) and back.

    `block_out_channels` counts the numbers at one place after each halving of the picture; only its
    length matters: a patch is `2 ** (len - 1)` pixels wide, as everywhere in diffusers.
    `scaling_factor` brings the latents to a standard deviation of 1, as everywhere in diffusers.
    """

    @register_to_config  # type: ignore[untyped-decorator]
    def __init__(
        self,
        in_channels: int = 3,
        latent_channels: int = 32,
        block_out_channels: tuple[int, ...] = (3, 12, 48, 192),
        scaling_factor: float = 1.0,
        sample_size: int = 64,
    ) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        patch = 2 ** (len(block_out_channels) - 1)
        self.encoder = nn.Conv2d(in_channels, latent_channels, patch, stride=patch)
        self.decoder = nn.ConvTranspose2d(latent_channels, in_channels, patch, stride=patch)
        self.requires_grad_(False)

    def set_basis(self, basis: Tensor, deviation: Tensor, mean: Tensor) -> None:
        """Take orthonormal `basis` (C, 3, P, P), each component's `deviation` (C,), `mean` (3,)."""
        loudness = deviation.sqrt().view(-1, 1, 1, 1)  # (C, 1, 1, 1)
        whitened = basis / loudness
        self.load_state_dict(
            {
                "encoder.weight": whitened,
                "encoder.bias": -(whitened.sum((2, 3)) @ mean),
                "decoder.weight": basis * loudness,
                "decoder.bias": mean,
            }
        )

    def encode(
        self, x: Tensor, return_dict: bool = True
    ) -> AutoencoderKLOutput | tuple[IdentityDistribution]:
        """Latents (unscaled) of pictures; `latent_dist` has one value, however it is drawn."""
        dist = IdentityDistribution(self.encoder(x))  # (B, C, H/P, W/P)
        return AutoencoderKLOutput(latent_dist=dist) if return_dict else (dist,)

    def decode(
        self, z: Tensor, return_dict: bool = True, generator: torch.Generator | None = None
    ) -> DecoderOutput | tuple[Tensor]:
        """Pictures of (unscaled) latents. `generator` is for diffusers' sake: nothing is drawn."""
        # What self.decoder(z) computes, in a fifth of the time: one matrix makes each patch.
        patch = self.decoder.stride[0]
        matrix = self.decoder.weight.flatten(1).T[..., None, None]  # (3 * P * P, C, 1, 1)
        sample = functional.pixel_shuffle(functional.conv2d(z, matrix), patch)
        sample = sample + self.get_parameter("decoder.bias").view(-1, 1, 1)  # (B, 3, H, W)
        return DecoderOutput(sample=sample) if return_dict else (sample,)

    def forward(self, sample: Tensor, return_dict: bool = True) -> DecoderOutput | tuple[Tensor]:
        """The round trip: the nearest picture that the basis can draw."""
        return self.decode(self.encoder(sample), return_dict=return_dict)

    def preview_factors(self) -> tuple[Tensor, Tensor]:
        """`weight` (C, 3) and `bias` (3,): a scaled latent @ weight + bias = its patch's mean RGB.

        Scaled latents are those of the denoising loop; RGB is in -1..1. Exact, not fitted.
        """
        weight = self.decoder.weight.mean((2, 3)) / self.config["scaling_factor"]  # (C, 3)
        return weight, self.get_parameter("decoder.bias").clone()
