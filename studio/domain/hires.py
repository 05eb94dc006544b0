"""Pictures larger than a model draws at once."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

from studio.domain.checks import check_name, check_number, check_whole
from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.limits import MAX_SIDE_PX, MAX_STEPS, MIN_SIDE_PX

LATENT: Final = "latent"
MIN_TILE_PX: Final = 32
MAX_TILE_PX: Final = 2048


@dataclass(frozen=True, slots=True)
class HiresFix:
    """A second pass: the picture enlarged to `width` × `height`, then drawn again with `strength`.

    `upscaler` names the network that enlarges it, or “latent” for the latents themselves.
    `num_inference_steps` is how many steps a whole way of the second pass has; 0 is as many as the
    first.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    width: int
    height: int
    strength: float = 0.5
    num_inference_steps: int = 0
    upscaler: str = LATENT

    def __post_init__(self) -> None:
        check_whole("width of the second pass", self.width, MIN_SIDE_PX, MAX_SIDE_PX)
        check_whole("height of the second pass", self.height, MIN_SIDE_PX, MAX_SIDE_PX)
        check_whole("steps of the second pass", self.num_inference_steps, 0, MAX_STEPS)
        strength = check_number("strength of the second pass", self.strength, 0.01, 1)
        object.__setattr__(self, "strength", strength)
        check_name("upscaler of the second pass", self.upscaler)

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    def whole_way(self, num_inference_steps: int) -> int:
        """How many steps it takes after a first pass of `num_inference_steps`."""
        return last_steps(self.num_inference_steps or num_inference_steps, self.strength)


def last_steps(num_inference_steps: int, strength: float) -> int:
    """How many steps there are with something to start from: the last `strength` of all, and at
    least one."""
    return max(1, min(int(num_inference_steps * strength), num_inference_steps))


@dataclass(frozen=True, slots=True)
class Tiling:
    """Steps are taken in tiles of `tile_px` that overlap by `overlap_px` and are blended where they
    do (Bar-Tal et al. 2023, “MultiDiffusion”): the model never sees more than a tile.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    tile_px: int = 1024
    overlap_px: int = 128

    def __post_init__(self) -> None:
        check_whole("side of a tile", self.tile_px, MIN_TILE_PX, MAX_TILE_PX)
        check_whole("overlap of the tiles", self.overlap_px, 0, MAX_TILE_PX)
        if 2 * self.overlap_px > self.tile_px:
            raise RequestError("Tiles may overlap by half their side at most.")
