"""`pentimento select`: the mask of a thing in a picture, without a window."""

from __future__ import annotations

import argparse
import json
from pathlib import Path
from typing import Any

from studio.cli.destination import Destination, add_output_arguments
from studio.cli.objects import add_finder_arguments, find_objects
from studio.domain.errors import UsageError


def add_command(commands: Any) -> None:
    parser = commands.add_parser("select", help="make a mask of a thing in a picture")
    parser.add_argument("--image", metavar="IMAGE", type=Path, required=True, help="the picture")
    parser.add_argument(
        "--at",
        metavar="X,Y[,WIDTH,HEIGHT]",
        action="append",
        required=True,
        help="a pixel of the thing, or a box around it; several times for several things",
    )
    add_finder_arguments(parser)
    add_output_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Find the thing, write its mask and print where it is.

    Raises:
        StudioError: what a person can mend; nothing was written.
    """
    from studio.catalog import Catalog
    from studio.document.masks import to_picture
    from studio.folders import Folders
    from studio.library.encoding import PictureFormat, encode
    from studio.library.reading import read_picture

    destination = Destination.parse(arguments.out, range(1), overwrite=arguments.overwrite)
    if destination.image_format is not PictureFormat.PNG:
        raise UsageError("A mask is written as PNG.", "Choose a name that ends with .png.")
    picture = read_picture(arguments.image)
    mask = find_objects(arguments, picture, arguments.at, Catalog.of(Folders.discover()))
    path = destination.write(0, encode(to_picture(mask), PictureFormat.PNG, None))
    if arguments.json:
        share = round(float((mask > 0).mean()), 4)
        print(json.dumps({"file": str(path), "share": share}))
    else:
        print(path)
    return 0
