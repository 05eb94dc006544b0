"""Fit the linear patch autoencoder: principal components of the scenes' 8 x 8 patches."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor

from studio.engine.patch_autoencoder import LinearPatchAutoencoder


def to_tensor(pictures: np.ndarray) -> Tensor:
    """(B, H, W, 3) uint8 pictures as (B, 3, H, W) float32 in -1..1."""
    return torch.from_numpy(pictures).permute(0, 3, 1, 2).float() / 127.5 - 1


def fit(pictures: Tensor, components: int, patch_px: int = 8) -> LinearPatchAutoencoder:
    """The best linear autoencoder of `pictures` (B, 3, H, W) in -1..1, with latents of deviation 1.

    The mean is one colour rather than one patch, so that a decoded patch's mean colour is a map of
    its latent alone. Double precision: the covariance of flat patches is nearly singular.
    """
    mean = pictures.double().mean((0, 2, 3))  # (3,)
    centred = pictures.double() - mean.view(3, 1, 1)
    patches = centred.unfold(2, patch_px, patch_px).unfold(3, patch_px, patch_px)
    patches = patches.permute(0, 2, 3, 1, 4, 5).reshape(-1, 3 * patch_px**2)  # (N, 3PP)
    variance, vectors = torch.linalg.eigh(patches.T @ patches / len(patches))  # ascending
    best = torch.arange(len(variance) - 1, len(variance) - 1 - components, -1)
    basis = vectors[:, best].T.reshape(components, 3, patch_px, patch_px)
    deviation = variance[best].sqrt()  # (C,)
    halvings = patch_px.bit_length()
    vae: LinearPatchAutoencoder = LinearPatchAutoencoder(
        latent_channels=components,
        block_out_channels=tuple(3 * 4**i for i in range(halvings)),
        # Half-whitened components have variance `deviation`: the mean of them is the latents'.
        scaling_factor=float(deviation.mean().rsqrt()),
        sample_size=pictures.shape[-1],
    )
    vae.set_basis(basis.float(), deviation.float(), mean.float())
    return vae


def psnr(vae: LinearPatchAutoencoder, pictures: Tensor) -> float:
    """Round-trip quality in dB on `pictures` (B, 3, H, W) in -1..1."""
    error = (vae(pictures).sample.clamp(-1, 1) - pictures).square().mean()
    return float(10 * torch.log10(4 / error))
