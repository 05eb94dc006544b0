"""How the picture looks after each step, without making the step wait.

A preview is a linear map of the model's present idea of the finished latents: some microseconds.
On a GPU it is drawn on a stream of its own and copied into pinned memory while the next step runs.
All of them stay with the picture, for the timeline.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol

import numpy as np
import torch

from studio.domain.events import Pixels
from studio.engine.preview_factors import FACTORS

Draw = Callable[[torch.Tensor], torch.Tensor]
"""From latents (B, C, h, w) to pictures (B, 3, h', w') in [-1, 1]."""


class LinearPreview:
    """Pictures (B, 3, h, w) in about [-1, 1] of latents (B, C, h, w), by one small matrix.

    Args:
        weights: (C, 3), what each latent channel adds to red, green and blue.
        bias: (3,), the colour of empty latents.
    """

    def __init__(self, weights: torch.Tensor, bias: torch.Tensor) -> None:
        self.weights = weights
        self.bias = bias

    def __call__(self, latents: torch.Tensor) -> torch.Tensor:
        colours = torch.einsum("bchw,cr->brhw", latents, self.weights)
        return colours + self.bias[:, None, None]

    @classmethod
    def known(cls, family: str, device: torch.device, dtype: torch.dtype) -> LinearPreview:
        """The published map of a model family: `FACTORS[family]`."""
        factors = FACTORS[family]
        return cls(
            torch.tensor(factors.weights, device=device, dtype=dtype),
            torch.tensor(factors.bias, device=device, dtype=dtype),
        )

    @classmethod
    @torch.inference_mode()
    def fitted(
        cls, decode: Draw, channels: int, device: torch.device, dtype: torch.dtype
    ) -> LinearPreview:
        """The map that is nearest to `decode`, by least squares over a few random latents.

        They are made of even patches, as pictures are, rather than of noise alone.
        """
        generator = torch.Generator("cpu").manual_seed(0)
        patches = torch.randn(8, channels, 4, 4, generator=generator)
        latents = patches.repeat_interleave(2, 2).repeat_interleave(2, 3)  # (8, C, 8, 8)
        pictures = decode(latents.to(device, dtype)).float().cpu()
        colours = torch.nn.functional.adaptive_avg_pool2d(pictures, (8, 8))
        known = latents.permute(0, 2, 3, 1).reshape(-1, channels)
        known = torch.cat([known, torch.ones(len(known), 1)], dim=1)
        wanted = colours.permute(0, 2, 3, 1).reshape(-1, 3)
        solution = torch.linalg.lstsq(known, wanted).solution.to(device, dtype)
        return cls(solution[:-1], solution[-1])


def to_pixels(pictures: torch.Tensor) -> torch.Tensor:
    """uint8 (B, H, W, 3) of `pictures` (B, 3, H, W) in [-1, 1], clamped and rounded as diffusers
    does it."""
    unit = (pictures * 0.5 + 0.5).clamp(0, 1)
    scaled = (unit.permute(0, 2, 3, 1).float() * 255).round()
    return torch.nan_to_num(scaled).to(torch.uint8).contiguous()


def no_preview(latents: torch.Tensor) -> torch.Tensor:
    """Pictures without a pixel, (B, 3, 0, 0): what to draw when nobody wants to look."""
    return latents.new_empty((len(latents), 3, 0, 0))


class Previewer(Protocol):
    """Collects the previews of one job."""

    def offer(self, step: int, latents: torch.Tensor) -> tuple[int, Pixels] | None:
        """Draw the preview of `step` from the denoised estimate (B, C, h, w).

        Returns the newest preview that is ready to be shown, (B, h, w, 3), and its step.
        """

    def all(self) -> Pixels:
        """The previews of all steps offered, (N, B, h, w, 3)."""


def make_previewer(draw: Draw, device: torch.device) -> Previewer:
    """The previewer for `device`."""
    return CudaPreviewer(draw, device) if device.type == "cuda" else DirectPreviewer(draw)


class DirectPreviewer:
    """Draws at once: where device and host share their memory."""

    def __init__(self, draw: Draw) -> None:
        self._draw = draw
        self._frames: list[Pixels] = []

    @torch.inference_mode()
    def offer(self, step: int, latents: torch.Tensor) -> tuple[int, Pixels]:
        self._frames.append(to_pixels(self._draw(latents)).cpu().numpy())
        return step, self._frames[-1]

    def all(self) -> Pixels:
        return np.stack(self._frames)


class CudaPreviewer:
    """Draws on a side stream, one frame in flight, and keeps the host in step with the device.

    The host queues work faster than the device does it; unchecked it would be steps ahead, with
    nothing to show and deaf to a cancel. So each step waits for the preview of the step before:
    the device is busy with its own step all the while, and no time is lost.
    """

    def __init__(self, draw: Draw, device: torch.device) -> None:
        self._draw = draw
        self._device = device
        self._stream = torch.cuda.Stream(device)  # type: ignore[no-untyped-call]
        self._copied = torch.cuda.Event()  # type: ignore[no-untyped-call]
        self._frames: list[torch.Tensor] = []
        self._in_flight: tuple[int, torch.Tensor] | None = None

    @torch.inference_mode()
    def offer(self, step: int, latents: torch.Tensor) -> tuple[int, Pixels] | None:
        landed = self._land()
        self._stream.wait_stream(torch.cuda.current_stream(self._device))
        with torch.cuda.stream(self._stream):
            frame = to_pixels(self._draw(latents))
            pinned = torch.empty(frame.shape, dtype=frame.dtype, pin_memory=True)
            pinned.copy_(frame, non_blocking=True)
            self._copied.record(self._stream)
        self._frames.append(frame)
        self._in_flight = step, pinned
        # The allocator must not hand these latents' memory out while the side stream reads them.
        latents.record_stream(self._stream)
        return landed

    def all(self) -> Pixels:
        self._stream.synchronize()
        return torch.stack(self._frames).cpu().numpy()

    def _land(self) -> tuple[int, Pixels] | None:
        if self._in_flight is None:
            return None
        self._copied.synchronize()
        step, pinned = self._in_flight
        return step, pinned.numpy()
