"""Arguments for what a model looks at, and for pictures larger than it draws at once."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeVar

from studio.catalog.annotators import ListAddons, annotators_for, offer_for
from studio.domain.control import Control, Preprocessor, Reference, ReferenceKind
from studio.domain.errors import ModelNotFound, UsageError
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.hires import LATENT, HiresFix, Tiling
from studio.domain.picture_ref import PictureRef

_Value = TypeVar("_Value")


def add_looking_arguments(parser: argparse.ArgumentParser) -> None:
    """Controls, references, editing, the second pass and tiles."""
    parser.add_argument(
        "--control",
        metavar=("NAME", "IMAGE SETTING"),
        action="append",
        nargs="+",
        default=[],
        help="a ControlNet or T2I-adapter and the picture it looks at; then, as you like, "
        "strength=0.8 start=0 end=0.6 preprocessor=canny "
        f"(one of: {', '.join(Preprocessor)}; depth and pose with a network that finds them: "
        "“models download --list”); may be given several times",
    )
    parser.add_argument(
        "--reference",
        metavar=("NAME", "IMAGE SETTING"),
        action="append",
        nargs="+",
        default=[],
        help="an IP-Adapter and a picture the model sees; then, as you like, strength=0.6 "
        f"kind=style (one of: {', '.join(ReferenceKind)}); may be given several times",
    )
    parser.add_argument(
        "--edit", action="store_true", help="change --init as the prompt says (editing models)"
    )
    parser.add_argument(
        "--hires", metavar="F", type=float, help="draw it again, F times as large (1 to 8)"
    )
    parser.add_argument(
        "--hires-strength", metavar="S", type=float, help="how much of it: above 0, up to 1"
    )
    parser.add_argument(
        "--hires-upscaler", metavar="NAME", help="what enlarges it before: latent, or a network"
    )
    parser.add_argument(
        "--tile", metavar="PX", type=int, help="draw large pictures in tiles of so many pixels"
    )


@dataclass(slots=True)
class Looked:
    """The fields of a request that these arguments mean, and the pictures that they name."""

    fields: dict[str, Any] = field(default_factory=dict)
    pictures: list[Pixels] = field(default_factory=list)


def looked(arguments: argparse.Namespace, size: Size, multiple_px: int) -> Looked:
    """What the arguments mean for a picture of `size`, whose sides are multiples of
    `multiple_px`.

    Raises:
        UsageError: they contradict each other, or a setting has no such name or value.
        RequestError: a value is out of range.
        StudioError: a picture can't be read.
    """
    found = Looked()
    if arguments.control:
        found.fields["controls"] = tuple(
            _looks_at(Control, _CONTROL, given, found) for given in arguments.control
        )
    if arguments.reference:
        found.fields["references"] = tuple(
            _looks_at(Reference, _REFERENCE, given, found) for given in arguments.reference
        )
    if arguments.edit:
        if arguments.init is None:
            raise UsageError("--edit needs a picture to change.", "Give one with --init.")
        found.fields["edit"] = True
    if arguments.hires is not None:
        found.fields["hires"] = _second_pass(arguments, size, multiple_px)
    elif arguments.hires_strength is not None or arguments.hires_upscaler is not None:
        raise UsageError("There is no second pass.", "Say how much larger it is with --hires.")
    if arguments.tile is not None:
        found.fields["tiling"] = Tiling(arguments.tile, arguments.tile // 8)
    return found


def check_maps(controls: Iterable[Control], list_addons: ListAddons) -> None:
    """Make sure that there are networks for what controls see, before anything is loaded.

    Raises:
        ModelNotFound: one is missing; the remedy fetches it.
    """
    for control in controls:
        try:
            annotators_for(control.preprocessor, list_addons)
        except ModelNotFound as error:
            offer = offer_for(control.preprocessor)
            raise ModelNotFound(
                error.sentence, f"“pentimento models download {offer}” fetches one."
            ) from None


_CONTROL: dict[str, Callable[[str], object]] = {
    "strength": float,
    "start": float,
    "end": float,
    "preprocessor": str,
}
_REFERENCE: dict[str, Callable[[str], object]] = {"strength": float, "kind": str}


def _looks_at(
    make: Callable[..., _Value],
    settings: dict[str, Callable[[str], object]],
    given: list[str],
    found: Looked,
) -> _Value:
    from studio.library.reading import read_picture

    if len(given) < 2:
        raise UsageError(
            f"“{given[0]}” has nothing to look at.", "Give a picture's file after its name."
        )
    name, image, *rest = given
    values: dict[str, object] = {}
    for setting in rest:
        key, _, value = setting.partition("=")
        if key not in settings:
            known = ", ".join(settings)
            raise UsageError(f"There is no setting “{setting}”.", f"There are: {known}.")
        try:
            values[key] = settings[key](value)
        except ValueError:
            raise UsageError(f"“{value}” is no number for {key}.") from None
    pixels = read_picture(Path(image))
    found.pictures.append(pixels)
    return make(name, _ref(pixels), **values)


def _ref(pixels: Pixels) -> PictureRef:
    from studio.library.encoding import picture_ref

    return picture_ref(pixels)


def _second_pass(arguments: argparse.Namespace, size: Size, multiple_px: int) -> HiresFix:
    if not 1 <= arguments.hires <= 8:
        raise UsageError(f"--hires goes from 1 to 8, not {arguments.hires:g}.")
    larger = size.scaled(arguments.hires).snapped(multiple_px)
    strength = 0.5 if arguments.hires_strength is None else arguments.hires_strength
    upscaler = arguments.hires_upscaler or LATENT
    return HiresFix(larger.width, larger.height, strength, upscaler=upscaler)
