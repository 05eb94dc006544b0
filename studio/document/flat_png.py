"""What is seen of a document as one PNG, band by band: the largest takes little memory."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import IO

from studio.document.content import Content
from studio.document.openraster.pictures import merged
from studio.document.png_bands import PngWriter, in_order, packers
from studio.domain.srgb import srgb_profile


def write(
    content: Content,
    stream: IO[bytes],
    on_part: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a document as a PNG, with transparency unless a layer fills it all.

    `on_part(done, total)` is called before each band of rows, from 0 to total; what it raises ends
    the writing.
    """
    picture = merged(content)
    total = len(picture.bands)
    width, height = picture.area.width, picture.area.height
    png = PngWriter(stream, width, height, picture.channels, srgb_profile())
    with packers() as executor:
        pack = partial(picture.packed, small=True)
        begun = (executor.submit(pack, area) for area, _ in picture.bands)
        for done, band in enumerate(in_order(begun)):
            on_part(done, total)
            png.add(band)
    png.close()
    on_part(total, total)
