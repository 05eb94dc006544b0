"""Latents as the tokens that FLUX.1 and Qwen-Image see: 2 × 2 of them each."""

from __future__ import annotations

import torch


def pack(latents: torch.Tensor) -> torch.Tensor:
    """Tokens (B, h/2 · w/2, 4 · C) of latents (B, C, h, w), each of 2 × 2 latents."""
    images, channels, height, width = latents.shape
    patches = latents.view(images, channels, height // 2, 2, width // 2, 2)
    patches = patches.permute(0, 2, 4, 1, 3, 5)
    return patches.reshape(images, (height // 2) * (width // 2), channels * 4)


def unpack(tokens: torch.Tensor, height: int, width: int) -> torch.Tensor:
    """Latents (B, C, height, width) of tokens (B, height/2 · width/2, 4 · C)."""
    images, _, channels = tokens.shape
    patches = tokens.view(images, height // 2, width // 2, channels // 4, 2, 2)
    return patches.permute(0, 3, 1, 4, 2, 5).reshape(images, channels // 4, height, width)
