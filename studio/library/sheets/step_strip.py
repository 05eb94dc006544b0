"""How a picture emerged, as one picture: some of its steps side by side, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.library.sheets.lettering import fitted, font

LONGEST_PX: Final = 30_000
_PAPER: Final = (27, 27, 27)
_INK: Final = (232, 232, 232)


def chosen_steps(taken: int, count: int) -> tuple[int, ...]:
    """`count` of the steps 1 to `taken`, evenly spread, the last one among them."""
    count = min(max(count, 1), taken)
    if count == 1:
        return (taken,)
    return tuple(1 + round(i * (taken - 1) / (count - 1)) for i in range(count))


def step_strip(
    steps: Sequence[Pixels],
    finished: Pixels,
    numbers: Sequence[int],
    cell: Size,
    *,
    captions: bool = True,
) -> Pixels:
    """Steps side by side, uint8 (H, W, 3).

    Args:
        steps: uint8 (h, w, 3), first step first.
        finished: uint8 (H, W, 3), in the place of the last step.
        numbers: which steps, from 1 on.
        cell: the size at which each is shown.
        captions: “step 3” below each.

    Raises:
        PictureError: it would be wider than any program opens.
    """
    gap = max(2, cell.width // 32)
    text_px = max(11, cell.height // 16)
    foot = 2 * text_px if captions else 0
    width = len(numbers) * (cell.width + gap) + gap
    if width > LONGEST_PX:
        raise PictureError(
            f"The strip would be {width} pixels wide; it ends at {LONGEST_PX}.",
            "Choose fewer steps or a smaller size.",
        )
    sheet = Image.new("RGB", (width, cell.height + 2 * gap + foot), _PAPER)
    pen, lettering = ImageDraw.Draw(sheet), font(text_px)
    for place, number in enumerate(numbers):
        pixels = finished if number == len(steps) else steps[number - 1]
        picture = Image.fromarray(np.ascontiguousarray(pixels[..., :3]))
        left = gap + place * (cell.width + gap)
        picture = picture.resize((cell.width, cell.height), Image.Resampling.BICUBIC)
        sheet.paste(picture, (left, gap))
        if captions:
            middle = (left + cell.width / 2, cell.height + gap + foot / 2)
            words = fitted(f"step {number}", lettering, cell.width)
            pen.text(middle, words, fill=_INK, font=lettering, anchor="mm")
    return np.array(sheet)
