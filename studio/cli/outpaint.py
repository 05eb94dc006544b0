"""`pentimento outpaint`: a picture continued beyond its edges, without a window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.catalog import Catalog
from studio.cli.inpaint import add_prompt, add_wishes
from studio.cli.making import add_making_arguments, describe, find_model, make
from studio.domain.inpaint import Extents, Intent


def add_command(commands: Any) -> None:
    parser = commands.add_parser("outpaint", help="continue a picture beyond its edges")
    add_prompt(parser)
    parser.add_argument("--image", metavar="IMAGE", type=Path, required=True, help="the picture")
    for side in ("left", "top", "right", "bottom"):
        parser.add_argument(
            f"--{side}", metavar="PX", type=int, default=0, help=f"how much to add at the {side}"
        )
    add_wishes(parser)
    add_making_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Extend the picture, write it and print where it is.

    Raises:
        StudioError: what a person can mend; pictures finished before it stay.
    """
    from studio.document.inpainting import InpaintWishes, outpainting
    from studio.folders import Folders
    from studio.library.encoding import picture_ref
    from studio.library.reading import read_picture

    catalog = Catalog.of(Folders.discover())
    model = find_model(arguments, catalog)
    picture = read_picture(arguments.image)
    request = outpainting(
        describe(arguments, model, model.native_size),
        model,
        picture_ref(picture),
        Extents(arguments.left, arguments.top, arguments.right, arguments.bottom),
        InpaintWishes(
            intent=Intent.EXPAND,
            strength=arguments.strength,
            fill=arguments.fill,
            grow_px=arguments.grow,
            feather_px=arguments.feather,
        ),
    )
    return make(arguments, request, catalog, [picture])
