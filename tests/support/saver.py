"""A process that saves an artwork after each stroke; prints the number of each that is saved."""

from __future__ import annotations

import sys
from dataclasses import replace
from pathlib import Path
from typing import IO

import numpy as np

from studio.document import Area, Content, Layer, TiledImage, openraster
from studio.domain.geometry import Size
from studio.library.files.disk import Disk
from tests.support.painter import colour, place


def main(path: Path) -> None:
    background = np.random.default_rng(0).integers(0, 256, (800, 800, 3), np.uint8)
    layers = Layer("picture", TiledImage.of(background)), Layer("strokes")
    content = Content(Size(800, 800), layers)
    kept: openraster.KeptBands | None = None
    number = 0
    while True:
        number += 1
        strokes = content.layers[1]
        x, y = place(number)
        image = strokes.image.written(Area(x, y, x + 90, y + 90), colour(number))
        content = replace(
            content.with_layer(replace(strokes, image=image)),
            prompt=str(number),
            mask=content.mask.written(Area(x, y, x + 90, y + 90), colour(number)[..., 0]),
        )
        kept = save(content, path, kept)
        print(number, flush=True)


def save(content: Content, path: Path, before: openraster.KeptBands | None) -> openraster.KeptBands:
    written: list[openraster.KeptBands] = []

    def write(stream: IO[bytes]) -> None:
        written.append(openraster.write(content, stream, before=before))

    Disk().replace_with(path, write)
    written[0].lies_at(path)
    return written[0]


if __name__ == "__main__":
    main(Path(sys.argv[1]))
