"""`pentimento inpaint`: a part of a picture painted anew, without a window."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.catalog import Catalog
from studio.cli.making import add_making_arguments, describe, find_model, make
from studio.cli.objects import add_finder_arguments, find_objects
from studio.domain.inpaint import Fill, Intent


def add_command(commands: Any) -> None:
    parser = commands.add_parser("inpaint", help="paint a part of a picture anew")
    add_prompt(parser)
    parser.add_argument("--image", metavar="IMAGE", type=Path, required=True, help="the picture")
    mask = parser.add_mutually_exclusive_group(required=True)
    mask.add_argument(
        "--mask",
        metavar="IMAGE",
        type=Path,
        help="as large as the picture: white is painted anew, black stays, grey changes a little",
    )
    mask.add_argument(
        "--mask-object",
        metavar="X,Y[,WIDTH,HEIGHT]",
        action="append",
        help="paint the thing at that pixel or in that box anew; several times for several things",
    )
    add_finder_arguments(parser)
    parser.add_argument(
        "--intent",
        choices=[str(intent) for intent in Intent if intent is not Intent.EXPAND],
        default=str(Intent.REPLACE),
        help="what the options left out go by; fill, remove and vary need no prompt",
    )
    add_wishes(parser)
    parser.add_argument(
        "--padding", metavar="PX", type=int, help="how much around the mask the model sees"
    )
    parser.add_argument(
        "--whole", action="store_true", help="let the model see the whole picture at once"
    )
    parser.add_argument(
        "--separately", action="store_true", help="paint each island of the mask by itself"
    )
    add_making_arguments(parser)
    parser.set_defaults(run=run)


def add_prompt(parser: argparse.ArgumentParser) -> None:
    """The prompt, which may be left out."""
    parser.add_argument(
        "prompt", metavar="PROMPT", nargs="?", default="", help="what to see in that place"
    )


def add_wishes(parser: argparse.ArgumentParser) -> None:
    """What inpainting and outpainting share."""
    parser.add_argument(
        "--strength", metavar="S", type=float, help="how far to go from what is there: up to 1"
    )
    parser.add_argument(
        "--fill", choices=[str(fill) for fill in Fill], help="what to begin with under the mask"
    )
    parser.add_argument("--grow", metavar="PX", type=int, help="make the mask larger")
    parser.add_argument("--feather", metavar="PX", type=int, help="how softly its edge fades out")


def run(arguments: argparse.Namespace) -> int:
    """Paint the pictures, write them and print where they are.

    Raises:
        StudioError: what a person can mend; pictures finished before it stay.
    """
    from studio.document.inpainting import InpaintWishes, inpainting
    from studio.document.masks import from_picture, to_picture
    from studio.folders import Folders
    from studio.library.encoding import picture_ref
    from studio.library.reading import read_picture

    catalog = Catalog.of(Folders.discover())
    model = find_model(arguments, catalog)
    picture = read_picture(arguments.image)
    if arguments.mask is None:
        mask = find_objects(arguments, picture, arguments.mask_object, catalog)
    else:
        mask = from_picture(read_picture(arguments.mask, keep_alpha=True))
    mask_picture = to_picture(mask)
    request = inpainting(
        describe(arguments, model, model.native_size),
        model,
        picture_ref(picture),
        mask,
        picture_ref(mask_picture),
        InpaintWishes(
            intent=Intent(arguments.intent),
            strength=arguments.strength,
            fill=arguments.fill,
            padding_px=arguments.padding,
            grow_px=arguments.grow,
            feather_px=arguments.feather,
            whole=arguments.whole,
            separately=arguments.separately,
        ),
    )
    return make(arguments, request, catalog, [picture, mask_picture])
