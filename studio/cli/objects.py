"""What the commands share that select things in a picture: places, and who finds what is there."""

from __future__ import annotations

import argparse
import asyncio
import sys
from collections.abc import Sequence

import numpy as np

from studio.catalog import Catalog
from studio.cli.progress import ProgressBar
from studio.document.masks import Mask
from studio.document.selection import METHOD, Coverage, Hints, object_mask
from studio.document.selection.similar import Reader
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import EngineError, PictureError, UsageError
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size
from studio.engine.segmenting import ObjectPart, SeenPicture, Segmenting
from studio.engine.segmenting.question import GoesOn


def add_finder_arguments(parser: argparse.ArgumentParser) -> None:
    """What finds things, and which of several that are at the same place."""
    parser.add_argument(
        "--segmenter",
        metavar="NAME",
        help="what finds things: one of the catalog's, or “colours”; the catalog's first if none",
    )
    parser.add_argument(
        "--part",
        choices=[part.name.lower() for part in ObjectPart],
        default=ObjectPart.BEST.name.lower(),
        help="a thing at that place, a part of it, or the whole that it belongs to",
    )


def hints_at(text: str, size: Size) -> Hints:
    """What “X,Y” or “X,Y,WIDTH,HEIGHT” points at in a picture of `size`.

    Raises:
        UsageError: it can't be read.
        PictureError: it lies outside of the picture.
    """
    numbers = _numbers(text)
    if len(numbers) not in (2, 4) or min(numbers[2:], default=1) < 1:
        raise UsageError(
            f"“{text}” is no place.", "Write X,Y for a pixel, X,Y,WIDTH,HEIGHT for a box."
        )
    x, y, *sides = numbers
    width, height = sides or (1, 1)
    if min(x, y) < 0 or x + width > size.width or y + height > size.height:
        raise PictureError(f"“{text}” lies outside of the picture, which is {size}.")
    if sides:
        return Hints(box=Box(x, y, width, height))
    return Hints(inside=(((x + 0.5, y + 0.5),),))


def find_objects(
    arguments: argparse.Namespace, picture: Pixels, places: Sequence[str], catalog: Catalog
) -> Mask:
    """The things at all `places` in a picture (h, w, 3), as one mask (h, w).

    Raises:
        UsageError: a place can't be read.
        PictureError: one lies outside of the picture, or nothing stands out there.
        StudioError: the segmenter isn't there, damaged, or fits into no memory.
    """
    size = Size(picture.shape[1], picture.shape[0])
    wanted = [hints_at(place, size) for place in places]
    segmenter = _segmenter(arguments.segmenter, catalog)
    if segmenter is None:
        sys.stderr.write(f"Selected by {METHOD}.\n")
        found = [object_mask(_reader(picture), size, hints) for hints in wanted]
    else:
        part = ObjectPart[arguments.part.upper()]
        found = asyncio.run(_ask(catalog, segmenter, picture, wanted, part))
    mask = np.zeros((size.height, size.width), np.uint8)
    for place, coverage in zip(places, found, strict=True):
        if coverage is None:
            raise PictureError(
                f"Nothing stands out at {place}.",
                "Choose another place, or give a box: X,Y,WIDTH,HEIGHT.",
            )
        mask = np.maximum(mask, coverage.over(Box.whole(size)))
    return mask


def _segmenter(name: str | None, catalog: Catalog) -> AddonInfo | None:
    if name == "colours":
        return None
    if name:
        return catalog.find_addon(AddonKind.SEGMENTER, name)
    return next(iter(catalog.addons(AddonKind.SEGMENTER)), None)


async def _ask(
    catalog: Catalog,
    segmenter: AddonInfo,
    picture: Pixels,
    wanted: Sequence[Hints],
    part: ObjectPart,
) -> list[Coverage | None]:
    from studio.engine import create_engine

    def no_picture(_digest: str) -> Pixels:
        raise EngineError("No picture is painted here.")

    seen = SeenPicture.of(_reader(picture), Size(picture.shape[1], picture.shape[0]))
    engine = create_engine(catalog.find, no_picture, find_addon=catalog.find_addon)
    try:
        with ProgressBar(sys.stderr) as bar:
            bar.say(f"loading {segmenter.title} …")
            goes_on = _shown_by(bar)
            answers = [
                await engine.ask(Segmenting(segmenter.name, seen, hints, goes_on))
                for hints in wanted
            ]
    finally:
        engine.close()
    chosen = [None if answer is None else answer.chosen(part) for answer in answers]
    return [None if one is None else one.coverage() for one in chosen]


def _shown_by(bar: ProgressBar) -> GoesOn:
    def goes_on(done: int, parts: int) -> bool:
        bar.step(done, parts, 0.0, "looking at the picture")
        return True

    return goes_on


def _reader(picture: Pixels) -> Reader:
    return lambda box: picture[box.slices]


def _numbers(text: str) -> list[int]:
    try:
        return [int(number) for number in text.split(",")]
    except ValueError:
        return []
