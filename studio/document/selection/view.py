"""A part of a picture made small, to find objects in it."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio.document.selection.cut import Edges, edges_of
from studio.document.selection.guided import box_mean
from studio.document.selection.oklab import Colours, oklab
from studio.document.selection.shapes import Point
from studio.document.selection.similar import Reader
from studio.domain.events import Pixels
from studio.domain.geometry import Box

Plane = NDArray[np.float32]
Flags = NDArray[np.bool_]

# Read at once while a picture is made small.
_STRIP_PIXELS: Final = 1 << 21
_BEHIND: Final = 128  # the grey on which transparent pixels are seen


class View:
    """`colours` (3, height, width) in OKLab and `edges` of what lies in `box` of a picture, at
    most `longest_px` wide and high.
    """

    def __init__(self, read: Reader, box: Box, longest_px: int) -> None:
        self.box = box
        self.colours: Colours = oklab(reduced(read, box, longest_px))
        self.height, self.width = self.colours.shape[1:]
        self.edges: Edges = edges_of(self.colours)

    def part(self, box: Box) -> tuple[float, float, float, float]:
        """Left, top, right and bottom of a box of the picture, in pixels of the view."""
        across, down = self.width / self.box.width, self.height / self.box.height
        return (
            (box.x - self.box.x) * across,
            (box.y - self.box.y) * down,
            (box.right - self.box.x) * across,
            (box.bottom - self.box.y) * down,
        )

    def in_picture(self, box: Box) -> Box:
        """The whole pixels of the picture that a box of the view shows."""
        across, down = self.box.width / self.width, self.box.height / self.height
        return Box.between(
            self.box.x + int(box.x * across),
            self.box.y + int(box.y * down),
            self.box.x + min(self.box.width, int(np.ceil(box.right * across))),
            self.box.y + min(self.box.height, int(np.ceil(box.bottom * down))),
        )

    def drawn(self, strokes: Sequence[Sequence[Point]]) -> Flags:
        """Which pixels (height, width) lie under the strokes or directly beside them."""
        across, down = self.width / self.box.width, self.height / self.box.height
        canvas = Image.new("L", (self.width, self.height))
        pencil = ImageDraw.Draw(canvas)
        for stroke in strokes:
            points = [
                (int((x - self.box.x) * across), int((y - self.box.y) * down)) for x, y in stroke
            ]
            pencil.line(points, 1, width=3)
            for x, y in points:
                pencil.rectangle((x - 1, y - 1, x + 1, y + 1), 1)
        return np.asarray(canvas) > 0

    def inside(self, box: Box) -> Flags:
        """Which pixels (height, width) show anything of a box of the picture."""
        left, top, right, bottom = self.part(box)
        rows, columns = np.arange(self.height), np.arange(self.width)
        within_rows = (rows + 1 > top) & (rows < bottom)
        flags: Flags = within_rows[:, None] & (columns + 1 > left) & (columns < right)
        return flags

    def enlarged(self, inside: Flags, other: View, blur_px: int) -> Plane:
        """`inside` (height, width), blurred, as another view in this one shows it: 0 to 1."""
        picture = Image.fromarray(box_mean(inside.astype(np.float32), blur_px))
        size = other.width, other.height
        return np.asarray(picture.resize(size, Image.Resampling.BILINEAR, box=self.part(other.box)))


def opaque(pixels: Pixels) -> Pixels:
    """(H, W, 3), seen on grey where the picture (H, W, 3 or 4) is transparent."""
    if pixels.shape[2] == 3:
        return pixels
    picture = Image.fromarray(np.ascontiguousarray(pixels))
    ground = Image.new("RGBA", picture.size, (_BEHIND, _BEHIND, _BEHIND, 255))
    return np.asarray(Image.alpha_composite(ground, picture).convert("RGB"))


def reduced(read: Reader, box: Box, longest_px: int) -> Pixels:
    """What lies in the box, (h, w, 3), as the means of the pixels that fall together."""
    longest = max(box.width, box.height)
    factor = max(1, longest // longest_px)
    strip = max(1, _STRIP_PIXELS // (box.width * factor)) * factor
    strips = []
    for top in range(box.y, box.bottom, strip):
        pixels = read(Box.between(box.x, top, box.right, min(top + strip, box.bottom)))
        small = Image.fromarray(np.ascontiguousarray(pixels)).reduce(factor)
        strips.append(opaque(np.asarray(small)))
    reduced = Image.fromarray(np.concatenate(strips))
    scale = min(1, longest_px / max(reduced.size))
    size = max(1, round(reduced.width * scale)), max(1, round(reduced.height * scale))
    return np.asarray(reduced.resize(size, Image.Resampling.BOX))
