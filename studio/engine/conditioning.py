"""What a model looks at beside latents, timestep and prompts."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple, overload

import torch

from studio.domain.geometry import Box

if TYPE_CHECKING:
    from studio.engine.controls.control import BoundControl
    from studio.engine.references.reference import BoundReferences


class Moment(NamedTuple):
    """One evaluation of a model: how much of the whole way lies behind before and after it, each
    from 0 to 1."""

    before: float
    after: float


SOMETIME: Final = Moment(0.0, 1.0)
"""For who doesn't care when."""


@dataclass(frozen=True, slots=True)
class Conditioning:
    """Made once, before the first step.

    `masked` (B, c, h, w) is what `Family.masked` gave of the mask and the picture under it;
    `edited` (1 or B, 3, H, W), in [0, 1], is the picture that is changed as the prompt says.
    `controls` are networks that look at pictures of their own and add to what the model does;
    `references` are pictures that the model itself sees.
    """

    masked: torch.Tensor | None = None
    edited: torch.Tensor | None = None
    controls: tuple[BoundControl, ...] = ()
    references: BoundReferences | None = None

    def within(self, box: Box, width: int, height: int) -> Conditioning:
        """What there is to look at for a tile, `box`, of latents `width` × `height`."""
        if self is NOTHING:
            return self
        return Conditioning(
            masked=_cut(self.masked, box, width, height),
            edited=_cut(self.edited, box, width, height),
            controls=tuple(
                control.seeing(_cut(control.picture, box, width, height))
                for control in self.controls
            ),
            references=self.references,
        )


@overload
def _cut(tensor: torch.Tensor, box: Box, width: int, height: int) -> torch.Tensor: ...
@overload
def _cut(tensor: torch.Tensor | None, box: Box, width: int, height: int) -> torch.Tensor | None: ...
def _cut(tensor: torch.Tensor | None, box: Box, width: int, height: int) -> torch.Tensor | None:
    """The part of (B, c, H, W) that lies under a box of latents; it may be larger than those."""
    if tensor is None:
        return None
    down, across = tensor.shape[-2] // height, tensor.shape[-1] // width
    rows = slice(box.y * down, (box.y + box.height) * down)
    columns = slice(box.x * across, (box.x + box.width) * across)
    return tensor[..., rows, columns].contiguous()


NOTHING: Final = Conditioning()
