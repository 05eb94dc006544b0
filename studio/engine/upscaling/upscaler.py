"""Pictures twice or four times as large: any size, in the memory of one tile and the result."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import pairwise
from typing import Final, Protocol

import numpy as np
import torch
from PIL import Image
from torch.nn import functional

from studio.domain.events import Pixels
from studio.domain.upscalers import UPSCALES
from studio.engine.devices import Device

TILE_PX: Final = 256
FRUGAL_TILE_PX: Final = 96


class Network(Protocol):
    """Enlarges (B, 3, H, W) in [0, 1] `scale` times.

    `reach` is how many pixels around it each pixel of the picture depends on.
    """

    @property
    def scale(self) -> int: ...

    @property
    def reach(self) -> int: ...

    def __call__(self, pixels: torch.Tensor, /) -> torch.Tensor: ...


class Upscaler:
    """Enlarges pictures by a network.

    Args:
        network: on `device`, in its dtype.
        device: where to compute.
        tile_px: sides of the tiles without their surroundings, which each tile is computed with
            as far as the network looks: so the tiling can't be seen.
    """

    def __init__(self, network: Network, device: Device, tile_px: int = TILE_PX) -> None:
        self._network = network
        self._device = device
        self.tile_px = tile_px

    def begin(self, pixels: Pixels, scale: int) -> Upscaling:
        """A picture to be made `scale` times as large, tile by tile.

        Args:
            pixels: uint8 (H, W, 3), or (H, W, 4) with straight alpha, which Lanczos enlarges.
            scale: 2 or 4. Where that isn't the network's own, its picture is
                resized, as the authors of Real-ESRGAN do it.
        """
        return Upscaling(self._network, self._device, self.tile_px, pixels, scale)

    def upscale(self, pixels: Pixels, scale: int) -> Pixels:
        """The picture `scale` times as large; arguments as in `begin`."""
        upscaling = self.begin(pixels, scale)
        for _ in upscaling:
            pass
        return upscaling.result


class Upscaling:
    """A picture on its way: each turn of the iteration computes one tile, and yields its number.

    There are `len()` tiles, numbered from 1. `result` is whole after the last; whoever doesn't
    want it any more just stops.
    """

    def __init__(
        self, network: Network, device: Device, tile_px: int, pixels: Pixels, scale: int
    ) -> None:
        if scale not in UPSCALES[1:]:
            raise ValueError(f"scale is one of {UPSCALES[1:]}, not {scale}")
        height, width, channels = pixels.shape
        self.result = np.empty((height * scale, width * scale, channels), np.uint8)
        self._network = network
        self._device = device
        self._scale = scale
        self._colours = pixels if channels == 3 else _colours_everywhere(pixels)
        if channels == 4:
            alpha = Image.fromarray(np.ascontiguousarray(pixels[..., 3]))
            size = (width * scale, height * scale)
            self.result[..., 3] = np.asarray(alpha.resize(size, Image.Resampling.LANCZOS))
        rows, columns = _split(height, tile_px), _split(width, tile_px)
        self._tiles = [(row, column) for row in rows for column in columns]

    def __len__(self) -> int:
        return len(self._tiles)

    def __iter__(self) -> Iterator[int]:
        scale = self._scale
        for number, (row, column) in enumerate(self._tiles, start=1):
            target = tuple(slice(part.start * scale, part.stop * scale) for part in (row, column))
            self.result[*target, :3] = self._tile(row, column)
            yield number

    @torch.inference_mode()
    def _tile(self, row: slice, column: slice) -> Pixels:
        """One tile enlarged, computed with what lies around it."""
        scale = self._scale
        margin = self._network.reach + 1  # halving looks one pixel further
        top, left = max(0, row.start - margin), max(0, column.start - margin)
        around = self._colours[top : row.stop + margin, left : column.stop + margin]
        values = torch.from_numpy(around.transpose(2, 0, 1)[None].copy())  # (1, 3, h, w)
        unit = values.to(self._device.torch_device).to(self._device.dtype) / 255
        large = self._network(unit)
        if scale != self._network.scale:
            ratio = scale / self._network.scale
            large = functional.interpolate(large, scale_factor=ratio, mode="bicubic")
        y, x = (row.start - top) * scale, (column.start - left) * scale
        height, width = (row.stop - row.start) * scale, (column.stop - column.start) * scale
        tile = large[0, :, y : y + height, x : x + width].permute(1, 2, 0).float()
        whole = torch.nan_to_num(tile.clamp(0, 1) * 255).round().to(torch.uint8)
        return whole.cpu().numpy()


def _split(length: int, tile_px: int) -> list[slice]:
    """As few parts as possible of at most `tile_px`, equally long up to one pixel."""
    count = -(-length // tile_px)
    ends = [length * index // count for index in range(count + 1)]
    return [slice(start, stop) for start, stop in pairwise(ends)]


def _colours_everywhere(pixels: Pixels) -> Pixels:
    """(H, W, 3) of RGBA (H, W, 4): what is invisible takes the colours of what is near.

    Files often have black there, which the network would draw into the edges of what is visible.
    """
    values = torch.from_numpy(pixels.transpose(2, 0, 1)[None].copy()).float()
    filled = _pull_push(values[:, :3], values[:, 3:] / 255)
    return filled[0].permute(1, 2, 0).round().to(torch.uint8).numpy()


def _pull_push(colours: torch.Tensor, weights: torch.Tensor) -> torch.Tensor:
    """(1, 3, H, W) with what has no weight (1, 1, H, W) filled from half the size, recursively.

    Source: Gortler et al. 1996, “The Lumigraph”, pull-push.
    """
    if bool((weights > 0).all()) or max(colours.shape[2:]) == 1:
        return colours
    half_weights = functional.avg_pool2d(weights, 2, ceil_mode=True)
    half = functional.avg_pool2d(colours * weights, 2, ceil_mode=True)
    filled = _pull_push(half / half_weights.clamp_min(1e-6), half_weights)
    near = functional.interpolate(filled, size=colours.shape[2:], mode="nearest")
    return torch.where(weights > 0, colours, near)
