"""Scenes: what a training picture shows, before anything is painted or said.

A `Scene` is the one truth that both the painter (`painting.py`) and the writer (`captions.py`)
read, so a caption can't disagree with its picture. `draw_scene` draws scenes at random, in the mix
of kinds that the recipe asks for.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace
from zlib import crc32

import numpy as np

from studio.training.drawings import Drawings
from studio.training.english import countable

Colour = tuple[int, int, int]

COLOURS: dict[str, Colour] = {
    "red": (222, 44, 48),
    "orange": (246, 134, 36),
    "yellow": (250, 212, 60),
    "green": (56, 160, 70),
    "light green": (168, 222, 140),
    "teal": (30, 140, 140),
    "blue": (42, 104, 214),
    "light blue": (156, 206, 248),
    "purple": (128, 70, 190),
    "pink": (248, 150, 190),
    "brown": (124, 80, 50),
    "grey": (140, 140, 144),
    "black": (22, 22, 26),
    "white": (255, 255, 255),
}
TINTS = ("red", "orange", "yellow", "green", "blue", "purple", "pink", "brown", "grey", "black")


@dataclass(frozen=True)
class Ground:
    """A painted place: sky from `top` to `horizon` colour, then `ground`, in picture heights."""

    phrase: str
    top: Colour
    horizon: Colour
    ground: Colour
    horizon_at: float = 0.68


GROUNDS = (
    Ground("in a meadow", (120, 190, 250), (206, 234, 255), (110, 186, 76)),
    Ground("on the beach", (90, 180, 246), (190, 230, 250), (240, 216, 160)),
    Ground("in the snow", (150, 184, 220), (216, 230, 244), (246, 250, 255)),
    Ground("in the desert", (248, 214, 150), (254, 238, 200), (222, 164, 92)),
    Ground("at night", (12, 16, 52), (40, 48, 104), (22, 30, 50)),
    Ground("at sunset", (92, 60, 140), (255, 156, 84), (96, 54, 72)),
    Ground("under water", (40, 150, 210), (16, 84, 160), (8, 52, 112), 0.8),
    Ground("in the sky", (80, 160, 244), (200, 230, 255), (200, 230, 255), 1.0),
)


def gradient(top: str, bottom: str) -> Ground:
    """A backdrop that runs from one named colour above to another below."""
    upper, lower = COLOURS[top], COLOURS[bottom]
    return Ground(f"on a gradient from {top} to {bottom}", upper, lower, lower, 1.0)


@dataclass(frozen=True)
class Placed:
    """One drawing in a scene. `centre_xy` and `size` are fractions of the picture's width."""

    name: str
    word: str
    hand: str
    tint: str | None = None
    centre_xy: tuple[float, float] = (0.5, 0.5)
    size: float = 0.9


@dataclass(frozen=True)
class Scene:
    """Things, all in one hand, before a backdrop: the name of a colour, or a painted ground."""

    things: tuple[Placed, ...]
    backdrop: str | Ground


SINGLE_THINGS = {"single": 0.72, "tinted": 0.12, "placed": 0.06, "counted": 0.05, "pair": 0.05}
COMPOSITIONS = {
    "single": 0.50,
    "tinted": 0.16,
    "placed": 0.07,
    "counted": 0.09,
    "pair": 0.13,
    "stacked": 0.05,
}
HANDS = {"flat": 0.42, "shaded": 0.14, "glossy": 0.18, "outline": 0.13, "soft": 0.13}
HELD_OUT_SHARE = 8


@dataclass(frozen=True)
class SceneMix:
    """How often each kind of scene, each hand and each backdrop comes: weights, not percents.

    These are the second lesson's. The first was mostly one big thing in the middle, in one hand: a
    small net shown few pictures learns what things look like before it learns where they may stand.
    """

    kinds: dict[str, float] = field(default_factory=lambda: dict(COMPOSITIONS))
    hands: dict[str, float] = field(default_factory=lambda: dict(HANDS))
    grounds: float = 0.16
    gradients: float = 0.06
    white: float = 0.35


PLACES = {
    "on the left": (0.25, 0.5),
    "on the right": (0.75, 0.5),
    "at the top": (0.5, 0.25),
    "at the bottom": (0.5, 0.75),
}


def pick(weights: dict[str, float], rng: np.random.Generator) -> str:
    """A key of `weights`, as often as its weight says."""
    shares = np.array(list(weights.values()))
    return list(weights)[rng.choice(len(shares), p=shares / shares.sum())]


def held_out(scene: Scene) -> bool:
    """Whether the scene joins words that are never joined in training, for the evaluation.

    One in eight pairs of a thing and its tint, and of a thing and its painted ground or coloured
    backdrop; gradients and white are never held out.
    """
    place = scene.backdrop if isinstance(scene.backdrop, str) else scene.backdrop.phrase
    plain = place == "white" or "gradient" in place
    joined = [(thing.name, thing.tint) for thing in scene.things if thing.tint]
    joined += [(thing.name, place) for thing in scene.things if not plain]
    return any(crc32(" ".join(pair).encode()) % HELD_OUT_SHARE == 0 for pair in joined)


def draw_scene(drawings: Drawings, mix: SceneMix, rng: np.random.Generator) -> Scene:
    """A random scene of the drawings, in the given mix, with nothing in it that is held out."""
    while held_out(scene := _draw_any_scene(drawings, mix, rng)):
        pass
    return scene


def _draw_any_scene(drawings: Drawings, mix: SceneMix, rng: np.random.Generator) -> Scene:
    hand = pick(mix.hands, rng)
    kind = pick(mix.kinds, rng)
    backdrop = _draw_backdrop(mix, rng)
    first = _draw_thing(drawings, hand, rng)
    if kind == "tinted":
        return Scene((_tinted(first, backdrop, rng),), backdrop)
    if kind == "placed":
        centre = PLACES[list(PLACES)[rng.integers(len(PLACES))]]
        return Scene((replace(first, centre_xy=centre, size=0.48),), backdrop)
    if kind == "counted" and countable(first.word):
        return Scene(_side_by_side([first] * int(rng.integers(2, 4))), backdrop)
    if kind in ("pair", "stacked"):
        second = _draw_thing(drawings, hand, rng)
        if rng.random() < 0.25:
            second = _tinted(second, backdrop, rng)
        if second.name != first.name:
            arrange = _side_by_side if kind == "pair" else _one_above_the_other
            return Scene(arrange([first, second]), backdrop)
    return Scene((first,), backdrop)


def _tinted(thing: Placed, backdrop: str | Ground, rng: np.random.Generator) -> Placed:
    """The thing in another colour than the backdrop's, unless its name already says a colour."""
    if any(colour in thing.word.split() for colour in COLOURS):
        return thing
    tints = [tint for tint in TINTS if tint != backdrop]
    return replace(thing, tint=tints[rng.integers(len(tints))])


def _draw_thing(drawings: Drawings, hand: str, rng: np.random.Generator) -> Placed:
    while True:
        concept = drawings.concepts[rng.integers(len(drawings.concepts))]
        if (hand, concept.name) in drawings.pixels:
            break
    usual = len(concept.words) == 1 or rng.random() < 0.6
    word = concept.words[0 if usual else rng.integers(1, len(concept.words))]
    return Placed(concept.name, word, hand)


def _draw_backdrop(mix: SceneMix, rng: np.random.Generator) -> str | Ground:
    if rng.random() < mix.grounds:
        return GROUNDS[rng.integers(len(GROUNDS))]
    names = list(COLOURS)
    if rng.random() < mix.gradients:
        top, bottom = rng.choice(len(names), 2, replace=False)
        return gradient(names[top], names[bottom])
    if rng.random() < mix.white:
        return "white"
    return names[rng.integers(len(names))]


def _side_by_side(things: list[Placed]) -> tuple[Placed, ...]:
    """The same things in a row, left to right, each as wide as its share of the picture."""
    share = 1 / len(things)
    return tuple(
        replace(thing, centre_xy=((i + 0.5) * share, 0.5), size=share * 0.96)
        for i, thing in enumerate(things)
    )


def _one_above_the_other(things: list[Placed]) -> tuple[Placed, ...]:
    """Two things in a column, the first above."""
    return tuple(
        replace(thing, centre_xy=(y, x), size=thing.size)
        for thing in _side_by_side(things)
        for x, y in [thing.centre_xy]
    )
