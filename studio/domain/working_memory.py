"""How much memory a step and a decoding take beside the weights.

Peaks of live tensors, found by running config-built modules of the published shapes over fake
tensors, which have shapes but no numbers (torch's FakeTensorMode, 16-bit numbers, no gradients,
with classifier-free guidance where the family needs two predictions a step). They grow with the
number of pixels: at 512² and at 1536² the share for each pixel is within a quarter of that at
1024². tests/domain/test_working_memory.py finds them again. What a kernel borrows for
itself comes on top; the planner keeps room for it.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

_DENOISING: Final[Mapping[str, int]] = {
    "sd": 520,
    "sd2": 520,
    "sdxl": 316,
    "sd3": 348,
    "flux": 468,
    "flux2": 1165,
    "z-image": 537,
    "qwen-image": 387,
}
"""Bytes a pixel of a picture of 1024², in 16-bit numbers."""
_DECODING: Final[Mapping[str, int]] = {"qwen-image": 3460}
_USUAL_DENOISING: Final = max(_DENOISING.values())
_USUAL_DECODING: Final = 1537
_TILE_PIXELS: Final = 512 * 512


def denoising_bytes(family: str, pixels: int, number_bytes: int = 2) -> int:
    """Working memory of one step of a picture; of an unknown family the most of all."""
    return _DENOISING.get(family, _USUAL_DENOISING) * pixels * number_bytes // 2


def decoding_bytes(family: str, pixels: int, number_bytes: int = 2, tiles: bool = False) -> int:
    """Working memory of decoding a picture, whole or in tiles of 512 px."""
    at_once = min(pixels, _TILE_PIXELS) if tiles else pixels
    finished = pixels * 3 * number_bytes
    return _DECODING.get(family, _USUAL_DECODING) * at_once * number_bytes // 2 + finished
