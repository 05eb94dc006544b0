"""Spoil true pictures as a small generator would: so that a network trained on them reads both."""

from __future__ import annotations

import numpy as np
import torch
from torch import Tensor
from torch.nn import functional

BLOCK_PX = 8


def damage(pictures: Tensor, random: torch.Generator) -> Tensor:
    """(B, 3, H, W) pictures in -1..1, each bent, blurred, compressed, noisy to its degree."""
    bent = _bend(pictures, random)
    blurred = _blur(bent, random)
    compressed = _compress(blurred, random)
    noise = torch.randn(pictures.shape, generator=random)
    noisy = compressed + 0.05 * _each(pictures, random) ** 2 * noise
    light = 1 + 0.1 * (_each(pictures, random) - 0.5)
    return (noisy * light).clamp(-1, 1)


def _each(pictures: Tensor, random: torch.Generator) -> Tensor:
    """(B, 1, 1, 1): one number in 0..1 for each picture."""
    return torch.rand(len(pictures), 1, 1, 1, generator=random)


def _bend(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Turn, shear, stretch a little, and shift smoothly by up to a few pixels."""
    count, _, height, width = pictures.shape
    straight = torch.tensor([[1.0, 0, 0], [0, 1, 0]])
    affine = straight + 0.06 * torch.randn(count, 2, 3, generator=random)
    grid = functional.affine_grid(affine, [count, 3, height, width], align_corners=False)
    shifts = torch.randn(count, 2, 4, 4, generator=random) * 0.05 * _each(pictures, random)
    smooth = functional.interpolate(shifts, (height, width), mode="bicubic", align_corners=False)
    bent: Tensor = functional.grid_sample(
        pictures, grid + smooth.permute(0, 2, 3, 1), padding_mode="border", align_corners=False
    )
    return bent


def _blur(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Blend with a copy that went through half the size, up to entirely."""
    small = functional.avg_pool2d(pictures, 2)
    soft = functional.interpolate(small, scale_factor=2, mode="bilinear", align_corners=False)
    share = (1.6 * _each(pictures, random) - 0.6).clamp(0, 1)
    return torch.lerp(pictures, soft, share)


def _compress(pictures: Tensor, random: torch.Generator) -> Tensor:
    """Weaken the fine parts of every 8 x 8 block and blur its numbers, as JPEG and latents do."""
    count, _, height, width = pictures.shape
    rows, columns = height // BLOCK_PX, width // BLOCK_PX
    blocks = pictures.reshape(count, 3, rows, BLOCK_PX, columns, BLOCK_PX).transpose(3, 4)
    wave = _cosines()
    parts = wave @ blocks @ wave.T  # (B, 3, H/8, W/8, 8, 8)
    degree = _each(pictures, random)[..., None, None]
    fine = torch.arange(BLOCK_PX)
    kept = (8 - 5 * degree - 0.5 * (fine[:, None] + fine)).clamp(0, 1)
    noise = torch.randn(parts.shape, generator=random)
    parts = kept * (parts + 0.15 * degree * noise)
    return (wave.T @ parts @ wave).transpose(3, 4).reshape(pictures.shape)


def _cosines() -> Tensor:
    """(8, 8): the orthonormal cosine transform, one wave a row, the slowest first."""
    places = np.arange(BLOCK_PX)
    wave = np.cos(np.pi * (2 * places + 1) * places[:, None] / (2 * BLOCK_PX))
    wave *= np.where(places[:, None] == 0, np.sqrt(1 / BLOCK_PX), np.sqrt(2 / BLOCK_PX))
    return torch.from_numpy(wave).float()
