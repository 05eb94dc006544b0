"""Which network of this disk makes a control's map, where one is needed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Final

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor

ListAddons = Callable[[AddonKind], Sequence[AddonInfo]]
"""`Catalog.addons`: all of a kind."""

DEPTH: Final = "depth"
POSE: Final = "pose"
PEOPLE: Final = "people"
# By the preprocessor: the `variant` of its network, what that finds, and which one to fetch.
_NEEDED: Final[Mapping[Preprocessor, tuple[str, str, str]]] = {
    Preprocessor.DEPTH: (DEPTH, "depth", "Depth Anything V2"),
    Preprocessor.POSE: (POSE, "poses", "ViTPose"),
}


def annotator(variant: str, list_addons: ListAddons) -> AddonInfo | None:
    """The network that finds "depth", "pose" or "people": of several the first by name."""
    found = [info for info in list_addons(AddonKind.ANNOTATOR) if info.variant == variant]
    return min(found, key=lambda info: (info.name.casefold(), info.name), default=None)


def annotators_for(
    preprocessor: Preprocessor, list_addons: ListAddons
) -> tuple[AddonInfo, ...] | None:
    """The networks that a preprocessor works with: none for most, two for poses where there is one
    that finds the people; None where the one that it needs isn't on this disk."""
    if preprocessor not in _NEEDED:
        return ()
    variant, _, _ = _NEEDED[preprocessor]
    network = annotator(variant, list_addons)
    if network is None:
        return None
    people = annotator(PEOPLE, list_addons) if preprocessor is Preprocessor.POSE else None
    return (network,) if people is None else (network, people)


def what_is_missing(preprocessor: Preprocessor, list_addons: ListAddons) -> tuple[str, str]:
    """What a preprocessor lacks, and what to do, in a sentence each; empty if it lacks nothing."""
    if annotators_for(preprocessor, list_addons) is not None:
        return "", ""
    _, what, which = _NEEDED[preprocessor]
    return (
        f"A network that finds {what} isn't on this disk.",
        f"Fetch {which} in the Models window under Downloads, or give a map made elsewhere.",
    )
