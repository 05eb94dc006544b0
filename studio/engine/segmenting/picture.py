"""A picture as segmenters are shown it: small enough for them, and known by its pixels."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field
from typing import Final

from studio.document.selection.similar import Reader
from studio.document.selection.view import reduced
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size

# Twice what networks look at: what they make smaller themselves is as if it were the whole.
LONGEST_PX: Final = 2048


@dataclass(frozen=True, slots=True, eq=False)
class SeenPicture:
    """`pixels`, uint8 (h, w, 3), show all of a picture of `size`, no side longer than 2048 px.
    Pictures with the same `digest` look the same."""

    size: Size
    pixels: Pixels = field(repr=False)
    digest: str

    @classmethod
    def of(cls, read: Reader, size: Size) -> SeenPicture:
        """`read` gives the pixels of a box, uint8 sRGB (h, w, 3) or with alpha (h, w, 4), which is
        seen on grey. Takes a while for a large picture: nothing for the loop's thread."""
        pixels = reduced(read, Box.whole(size), LONGEST_PX)
        known = hashlib.blake2b(f"{size} {pixels.shape}".encode(), digest_size=16)
        known.update(pixels.data)
        return cls(size, pixels, known.hexdigest())
