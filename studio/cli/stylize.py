"""`pentimento stylize`: a picture file in the style of others."""

from __future__ import annotations

import argparse
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from studio.catalog import Catalog
from studio.catalog.style_guides import takes_guides
from studio.cli.making import add_making_arguments, describe, find_model, known, make
from studio.cli.style_guides import add_guide_arguments, find_guides
from studio.document.restyling import RestyleMethod, RestyleWishes, repainting, restyling
from studio.domain.errors import UsageError
from studio.domain.events import Pixels
from studio.domain.model import ModelInfo
from studio.domain.stylize import MAX_STYLES, StyleColours, StyleSource
from studio.library.files.disk import Disk
from studio.library.style_shelf import StyleShelf

if TYPE_CHECKING:
    from studio.document.masks import Mask

_KEEP_COLOURS: Final = (StyleColours.LUMINANCE, StyleColours.HISTOGRAM)


def add_command(commands: Any) -> None:
    parser = commands.add_parser("stylize", help="have a picture take on the style of others")
    parser.add_argument(
        "--content", metavar="IMAGE", type=Path, required=True, help="the picture, of any size"
    )
    parser.add_argument(
        "--style",
        metavar="STYLE",
        action="append",
        default=[],
        help=f"a picture file, or a style that comes with the studio; up to {MAX_STYLES} of them",
    )
    parser.add_argument(
        "--weights", metavar="W", type=float, nargs="+", help="the share of each style"
    )
    parser.add_argument(
        "--scale", metavar="F", type=float, default=1.0, help="how large the brush strokes are"
    )
    parser.add_argument("--method", choices=tuple(RestyleMethod), default=RestyleMethod.INSTANT)
    parser.add_argument(
        "--prompt", metavar="PROMPT", default="", help="the style in words, for diffusion"
    )
    add_guide_arguments(parser)
    parser.add_argument(
        "--strength", metavar="S", type=float, help="how much of the style, from 0 to 1"
    )
    parser.add_argument(
        "--keep-colors",
        nargs="?",
        choices=_KEEP_COLOURS,
        const=StyleColours.LUMINANCE,
        help="keep the picture's own colours",
    )
    parser.add_argument(
        "--mask", metavar="M", type=Path, help="only where this picture is white, as large"
    )
    parser.add_argument(
        "--feather", metavar="PX", type=int, help="how far the mask fades out beyond its edge"
    )
    add_making_arguments(parser)
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Make the pictures, write them and print where they are.

    Raises:
        StudioError: what a person can mend; pictures finished before it stay.
    """
    from studio.document.masks import from_picture
    from studio.folders import Folders
    from studio.library.reading import read_picture

    folders = Folders.discover()
    catalog = Catalog.of(folders)
    wishes = _wishes(arguments)
    content = read_picture(arguments.content)
    mask = None
    if arguments.mask is not None:
        mask = from_picture(read_picture(arguments.mask, keep_alpha=True))
    shelf = StyleShelf(folders.data / "styles", Disk())
    if wishes.method is RestyleMethod.DIFFUSION:
        return _repaint(arguments, wishes, content, mask, catalog, shelf)
    return _restyle(arguments, wishes, content, mask, catalog, shelf)


def _wishes(arguments: argparse.Namespace) -> RestyleWishes:
    method = RestyleMethod(arguments.method)
    given = {
        "strength": arguments.strength,
        "colours": arguments.keep_colors,
        "feather_px": arguments.feather,
        "iterations": arguments.steps if method is RestyleMethod.OPTIMISED else None,
    }
    usual_strength = 0.6 if method is RestyleMethod.DIFFUSION else 1.0
    return replace(RestyleWishes(method=method, strength=usual_strength), **known(given))


def _restyle(
    arguments: argparse.Namespace,
    wishes: RestyleWishes,
    content: Pixels,
    mask: Mask | None,
    catalog: Catalog,
    shelf: StyleShelf,
) -> int:
    """By one of the methods that need no model."""
    from studio.document.masks import to_picture
    from studio.library.encoding import picture_ref

    if not arguments.style:
        raise UsageError("Say which style: --style and a picture, or a name.")
    if arguments.count > 1:
        raise UsageError("These methods make the same picture each time: leave out --count.")
    if arguments.reference_adapter or arguments.structure:
        raise UsageError("--reference-adapter and --structure are for --method diffusion.")
    styles, pictures = _styles(arguments, shelf)
    pictures.append(content)
    mask_ref = None
    if mask is not None:
        pictures.append(to_picture(mask))
        mask_ref = picture_ref(pictures[-1])
    request = restyling(picture_ref(content), styles, wishes, mask_ref)
    return make(arguments, request, catalog, pictures)


def _styles(
    arguments: argparse.Namespace, shelf: StyleShelf
) -> tuple[tuple[StyleSource, ...], list[Pixels]]:
    """The styles that were named, and their pictures."""
    from studio.library.encoding import picture_ref
    from studio.library.reading import read_picture

    weights = arguments.weights or [1.0] * len(arguments.style)
    if len(weights) != len(arguments.style):
        raise UsageError(f"There are {len(arguments.style)} styles and {len(weights)} weights.")
    styles, pictures = [], []
    for name, weight in zip(arguments.style, weights, strict=True):
        entry = shelf.find(name)
        if entry.painted:
            styles.append(StyleSource(None, entry.painted, weight, arguments.scale))
        else:
            pictures.append(read_picture(entry.path))
            styles.append(StyleSource(picture_ref(pictures[-1]), "", weight, arguments.scale))
    return tuple(styles), pictures


def _repaint(
    arguments: argparse.Namespace,
    wishes: RestyleWishes,
    content: Pixels,
    mask: Mask | None,
    catalog: Catalog,
    shelf: StyleShelf,
) -> int:
    """By a diffusion model, with the style in words, or shown to it, or both."""
    from studio.document.masks import to_picture
    from studio.library.encoding import picture_ref

    if not arguments.prompt and not arguments.style:
        raise UsageError("Say which style: --prompt and words, or --style and a picture.")
    model = find_model(arguments, catalog)
    guides = find_guides(arguments, model, catalog)
    if arguments.style and not guides.adapter:
        raise _blind(model)
    styles, pictures = _styles(arguments, shelf)
    described = describe(arguments, model, model.native_size)
    if mask is None:
        mask = np.full(content.shape[:2], 255, np.uint8)
    seen = to_picture(mask)
    request = repainting(
        described, model, picture_ref(content), mask, picture_ref(seen), wishes, styles, guides
    )
    return make(arguments, request, catalog, [content, seen, *pictures])


def _blind(model: ModelInfo) -> UsageError:
    """What to do about a model that sees no style picture."""
    words = "Leave out --style and say the style with --prompt, or"
    if takes_guides(model):
        remedy = f"{words} name an IP-Adapter: “pentimento models download --list” has some."
    else:
        remedy = f"{words} choose a Stable Diffusion 1 or XL model and an IP-Adapter for it."
    return UsageError(f"“{model.title}” sees no style picture without an IP-Adapter.", remedy)
