"""`pentimento generate`: pictures from a prompt, without a window."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import Any

from studio.catalog import Catalog
from studio.cli.branching import (
    add_branch_arguments,
    check_branch_arguments,
    ended,
    gone_on,
    read_source,
)
from studio.cli.looking import add_looking_arguments, check_maps, looked
from studio.cli.making import add_making_arguments, describe, find_model, known, make
from studio.domain.errors import RequestError, UsageError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.model import ModelInfo


def add_command(commands: Any) -> None:
    parser = commands.add_parser("generate", help="make pictures without opening the window")
    parser.add_argument("prompt", metavar="PROMPT", nargs="?", help="what to see in the picture")
    parser.add_argument("--width", metavar="W", type=int, help="in pixels, before --upscale")
    parser.add_argument("--height", metavar="H", type=int, help="in pixels, before --upscale")
    parser.add_argument(
        "--upscale",
        metavar="N",
        type=int,
        help="finish it 1, 2 or 4 times as large as it is drawn",
    )
    parser.add_argument(
        "--upscaler", metavar="NAME", help="the network that does it, of those “doctor” lists"
    )
    parser.add_argument("--init", metavar="IMAGE", type=Path, help="a picture to start from")
    parser.add_argument(
        "--strength", metavar="S", type=float, help="how far to go from --init: above 0, up to 1"
    )
    add_looking_arguments(parser)
    add_branch_arguments(parser)
    add_making_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the pictures, write them and print where they are.

    Raises:
        StudioError: what a person can mend; pictures finished before it stay.
    """
    from studio.folders import Folders
    from studio.library.encoding import picture_ref
    from studio.library.reading import read_picture

    check_branch_arguments(arguments)
    if arguments.strength is not None and arguments.init is None:
        raise UsageError("--strength needs a picture to start from.", "Give one with --init.")
    catalog = Catalog.of(Folders.discover())
    if arguments.source is not None:
        source = read_source(arguments.source)
        request = gone_on(arguments, source)
        return make(arguments, request, catalog, source.pictures, source.find_snapshot)
    model = find_model(arguments, catalog)
    start = read_picture(arguments.init) if arguments.init else None
    given = {
        "strength": arguments.strength,
        "upscale": arguments.upscale,
        "upscaler": arguments.upscaler,
        "init_image": None if start is None else picture_ref(start),
    }
    size = _size(arguments, model, start)
    seen = looked(arguments, size, model.size_multiple_px)
    check_maps(seen.fields.get("controls", ()), catalog.addons)
    request = replace(describe(arguments, model, size), **known(given), **seen.fields)
    request = ended(request, arguments.keep_step)
    pictures = seen.pictures if start is None else [start, *seen.pictures]
    return make(arguments, request, catalog, pictures)


def _size(arguments: argparse.Namespace, model: ModelInfo, start: Pixels | None) -> Size:
    native, multiple = model.native_size, model.size_multiple_px
    if arguments.width is None and arguments.height is None:
        if start is None:
            return native
        height, width = start.shape[:2]
        return Size(width, height).fitted_into(native).snapped(multiple)
    width = native.width if arguments.width is None else arguments.width
    height = native.height if arguments.height is None else arguments.height
    if width < 1 or height < 1:
        raise RequestError(f"A picture can't be {width} × {height} pixels.")
    size = Size(width, height)
    if size != size.snapped(multiple):
        raise RequestError(
            f"“{model.name}” draws sides that are multiples of {multiple} pixels.",
            f"The nearest size is {size.snapped(multiple)}.",
        )
    return size
