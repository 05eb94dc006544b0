"""Which addons let a diffusion model see a style picture, and keep to the picture it repaints."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from typing import Final

from studio.catalog.annotators import annotators_for
from studio.catalog.kinds.backbones import UNET_FAMILIES
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.errors import ModelNotFound
from studio.domain.model import ModelInfo

FindAddons = Callable[[AddonKind, str], Sequence[AddonInfo]]
"""`Catalog.addons`: those of a kind that go with a family."""

# What is made of the picture, by what such a network looks at. The first leave most to the style.
_STRUCTURE: Final[Mapping[str, Preprocessor]] = {
    "canny": Preprocessor.CANNY,
    "scribble": Preprocessor.SCRIBBLE,
    "depth": Preprocessor.DEPTH,
    "tile": Preprocessor.TILE,
}
_FACES: Final = frozenset({"face", "plus-face"})
# The engine puts addons on the UNets of these families only.
_FAMILIES: Final = frozenset(UNET_FAMILIES.values())


def style_adapters(model: ModelInfo, addons: FindAddons) -> tuple[AddonInfo, ...]:
    """IP-Adapters through which `model` can see a style picture. Those made for faces don't see
    style, so they aren't among them."""
    found = _fitting(model, AddonKind.IP_ADAPTER, addons)
    return tuple(info for info in found if info.variant not in _FACES)


def structure_networks(model: ModelInfo, addons: FindAddons) -> tuple[AddonInfo, ...]:
    """ControlNets and T2I-adapters that keep a picture's structure in what `model` paints: those
    that look at edges first, ControlNets before T2I-adapters; at depth only where it can be
    found."""
    order = [made for made in _STRUCTURE.values() if _can_be_made(made, addons)]
    ranked = [
        (order.index(preprocessor), info)
        for kind in (AddonKind.CONTROLNET, AddonKind.T2I_ADAPTER)
        for info in _fitting(model, kind, addons)
        if (preprocessor := structure_preprocessor(info)) in order
    ]
    return tuple(info for _, info in sorted(ranked, key=lambda one: one[0]))


def structure_preprocessor(info: AddonInfo) -> Preprocessor | None:
    """What is made of a picture for this network to keep its structure; None where that isn't what
    it is for."""
    if info.variant:
        return _STRUCTURE.get(info.variant)
    name = info.name.lower()
    return next((made for use, made in _STRUCTURE.items() if use in name), None)


def takes_guides(model: ModelInfo) -> bool:
    """Whether there are such addons for models like this one anywhere: the engine knows its family,
    and it isn't a small one of its own making that is only built like that family's."""
    if model.family not in _FAMILIES:
        return False
    try:
        config = json.loads((model.path / "unet" / "config.json").read_text("utf-8"))
        width = config["cross_attention_dim"]
    except (OSError, ValueError, LookupError, TypeError, RecursionError):
        # One file: its family was told by this width.
        return True
    return isinstance(width, int) and UNET_FAMILIES.get(width) == model.family


def _can_be_made(preprocessor: Preprocessor, addons: FindAddons) -> bool:
    try:
        annotators_for(preprocessor, lambda kind: addons(kind, ""))
    except ModelNotFound:
        return False
    return True


def _fitting(model: ModelInfo, kind: AddonKind, addons: FindAddons) -> list[AddonInfo]:
    found = addons(kind, model.family) if model.family in _FAMILIES else ()
    fits_known = takes_guides(model)
    return [info for info in found if fits_known or not info.family]
