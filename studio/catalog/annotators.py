"""Which network of this disk makes a control's map, where one is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.errors import ModelNotFound

ListAddons = Callable[[AddonKind], Sequence[AddonInfo]]
"""`Catalog.addons`: all of a kind."""

DEPTH: Final = "depth"
POSE: Final = "pose"
PEOPLE: Final = "people"


@dataclass(frozen=True, slots=True)
class _Need:
    """A network of a `variant`, what it `finds`, and the offer (catalog/curated_addons.py) and its
    title that are one."""

    variant: str
    finds: str
    offer: str
    title: str


_NEEDED: Final[Mapping[Preprocessor, _Need]] = {
    Preprocessor.DEPTH: _Need(DEPTH, "depth", "depth-anything", "Depth Anything V2"),
    Preprocessor.POSE: _Need(POSE, "poses", "vitpose", "ViTPose"),
}


def annotator(variant: str, list_addons: ListAddons) -> AddonInfo | None:
    """The network that finds "depth", "pose" or "people": of several the first by name."""
    found = [info for info in list_addons(AddonKind.ANNOTATOR) if info.variant == variant]
    return min(found, key=lambda info: (info.name.casefold(), info.name), default=None)


def annotators_for(preprocessor: Preprocessor, list_addons: ListAddons) -> tuple[AddonInfo, ...]:
    """The networks that a preprocessor works with: none for most; for poses a second one where
    there is one that finds the people.

    Raises:
        ModelNotFound: the one that it needs isn't on this disk.
    """
    if preprocessor not in _NEEDED:
        return ()
    need = _NEEDED[preprocessor]
    network = annotator(need.variant, list_addons)
    if network is None:
        raise ModelNotFound(
            f"A network that finds {need.finds} isn't on this disk.",
            f"Fetch {need.title} in the Models window under Downloads, or give a map made "
            "elsewhere.",
        )
    people = annotator(PEOPLE, list_addons) if preprocessor is Preprocessor.POSE else None
    return (network,) if people is None else (network, people)


def offer_for(preprocessor: Preprocessor) -> str:
    """What the command line calls the download that a preprocessor needs.

    Raises:
        KeyError: it needs none.
    """
    return _NEEDED[preprocessor].offer
