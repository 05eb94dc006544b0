"""The second pass as the artist wants it, whatever the picture's size."""

from __future__ import annotations

from dataclasses import dataclass, replace

from studio.domain.geometry import Size
from studio.domain.hires import LATENT, HiresFix
from studio.domain.limits import MAX_SIDE_PX


@dataclass(frozen=True, slots=True)
class HiresWish:
    """A HiresFix that says how many times larger (1 or more) instead of how many pixels."""

    scale: float = 2.0
    strength: float = 0.5
    upscaler: str = LATENT
    num_inference_steps: int = 0

    def of(self, size: Size, multiple_px: int, upscale: int = 1) -> HiresFix:
        """The second pass of a picture of `size`, with sides that are multiples of `multiple_px`
        and that an upscaler can still make `upscale` times as long."""
        largest = MAX_SIDE_PX // upscale // multiple_px * multiple_px
        scale = max(1.0, min(self.scale, largest / max(size.width, size.height)))
        larger = size.scaled(scale).snapped(multiple_px)
        return HiresFix(
            min(larger.width, largest),
            min(larger.height, largest),
            self.strength,
            self.num_inference_steps,
            self.upscaler,
        )

    @classmethod
    def from_pass(cls, hires: HiresFix, size: Size, multiple_px: int) -> HiresWish:
        """What leads from `size` to this second pass: a short number where one does."""
        ways = ((size.width, hires.width), (size.height, hires.height))
        # Pixels round, then they snap to the multiple.
        low = max((after - multiple_px / 2 - 0.5) / before for before, after in ways)
        high = min((after + multiple_px / 2 - 0.5) / before for before, after in ways)
        middle = max(1.0, (low + high) / 2)
        wish = cls(1.0, hires.strength, hires.upscaler, hires.num_inference_steps)
        for scale in (*(round(middle, digits) for digits in (1, 2, 3)), middle):
            found = replace(wish, scale=scale)
            if found.of(size, multiple_px).size == hires.size:
                return found
        return replace(wish, scale=max(1.0, hires.width / size.width))
