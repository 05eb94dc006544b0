"""What `pentimento stylize` shows a diffusion model beside the words."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import Final

from studio.catalog import Catalog
from studio.catalog.style_guides import (
    structure_networks,
    structure_preprocessor,
    style_adapters,
)
from studio.document.restyling import USUAL_KEPT, USUAL_SEEN, StyleGuides
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.errors import ModelNotFound, UsageError
from studio.domain.model import ModelInfo

_NONE: Final = "none"


def add_guide_arguments(parser: argparse.ArgumentParser) -> None:
    """Through which addons the model sees the styles and keeps to the picture."""
    parser.add_argument(
        "--reference-adapter",
        metavar="NAME[:STRENGTH]",
        help="the IP-Adapter that shows a diffusion model the styles, or none; by default the first"
        " that goes with the model",
    )
    parser.add_argument(
        "--structure",
        metavar="NAME[:STRENGTH]",
        help="the ControlNet or T2I-adapter (canny, scribble, depth or tile) that has a diffusion "
        "model keep the picture's structure, or none; by default the first that goes with the "
        "model",
    )


def find_guides(arguments: argparse.Namespace, model: ModelInfo, catalog: Catalog) -> StyleGuides:
    """Those that were named, or else the first that go with the model.

    Raises:
        ModelNotFound: one that was named isn't there.
        UsageError: it can't do what it is to do.
    """
    if arguments.reference_adapter not in (None, _NONE) and not arguments.style:
        raise UsageError("An adapter needs something to see: say --style and a picture.")
    adapter, seen = _named(arguments.reference_adapter, USUAL_SEEN)
    structure, kept = _named(arguments.structure, USUAL_KEPT)
    if adapter is None:
        adapter = _first(style_adapters(model, catalog.addons))
    elif adapter:
        adapter = catalog.find_addon(AddonKind.IP_ADAPTER, adapter).name
    if structure is None:
        structure = _first(structure_networks(model, catalog.addons))
    if not structure:
        return StyleGuides(adapter, seen)
    preprocessor = _preprocessor(structure, catalog)
    return StyleGuides(adapter, seen, structure, preprocessor, kept)


def _named(text: str | None, usual: float) -> tuple[str | None, float]:
    """From NAME[:STRENGTH] both; an empty name for “none”, None where nothing was said."""
    if text is None or text == _NONE:
        return text and "", usual
    name, _, strength = text.rpartition(":")
    try:
        return (name, float(strength)) if name else (text, usual)
    except ValueError:
        return text, usual


def _first(addons: Sequence[AddonInfo]) -> str:
    return addons[0].name if addons else ""


def _preprocessor(name: str, catalog: Catalog) -> Preprocessor:
    try:
        info = catalog.find_addon(AddonKind.CONTROLNET, name)
    except ModelNotFound as error:
        try:
            info = catalog.find_addon(AddonKind.T2I_ADAPTER, name)
        except ModelNotFound:
            raise error from None
    preprocessor = structure_preprocessor(info)
    if preprocessor is None:
        raise UsageError(
            f"“{info.title}” doesn't keep structure by itself.",
            "Name one for canny, scribble, depth or tile.",
        )
    return preprocessor
