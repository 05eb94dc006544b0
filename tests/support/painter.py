"""A process that paints on a layer and the mask; prints the number of each stroke kept safe."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.document import Area, Document, Edit
from studio.document.journal import JournalFolder, Moment
from studio.domain.events import Pixels
from studio.domain.geometry import Size

_PLACES = 7


def place(number: int) -> tuple[int, int]:
    """Where a stroke lies: over the border of tiles, and over older ones in the end."""
    return 100 * (number % _PLACES), 100 * (number // _PLACES % _PLACES)


def colour(number: int) -> Pixels:
    """A stroke's pixels, (90, 90, 4)."""
    return np.random.default_rng(number).integers(1, 256, (90, 90, 4), np.uint8)


def main(root: Path) -> None:
    folder = JournalFolder(root)
    journal = folder.new(room_bytes=1_000_000)  # written anew now and then
    document = Document.blank(Size(800, 800))
    number = 0
    while True:
        number += 1
        content = document.content
        layer = content.layers[0]
        x, y = place(number)
        image = layer.image.written(Area(x, y, x + 90, y + 90), colour(number))
        mask = content.mask.written(Area(x, y, x + 90, y + 90), colour(number)[..., 0])
        layered = content.with_layer(replace(layer, image=image))
        content = replace(layered, prompt=str(number), mask=mask)
        document.do(Edit("Brush stroke", content))
        journal.write(Moment(document.content))
        print(number, flush=True)


if __name__ == "__main__":
    main(Path(sys.argv[1]))
