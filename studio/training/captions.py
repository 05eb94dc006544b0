"""Say what a scene shows: captions that are always true, in the short words of a prompt box.

What is left unsaid is left at its usual value (a white backdrop, the first hand), so that a bare
"cat" means one thing, and every word of a longer prompt changes what it names.
"""

from __future__ import annotations

import numpy as np

from studio.training.english import plural, with_article
from studio.training.scenes import Ground, Placed, Scene

USUAL_HAND = "flat"
NUMBERS = {2: "two", 3: "three"}
OPENINGS = ("a picture of ", "a drawing of ", "an icon of ", "an emoji of ")


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One true sentence about the scene; wording varies, facts don't."""
    words = _things(scene, rng) + _place(scene) + _backdrop(scene, rng)
    if rng.random() < 0.1:
        words = OPENINGS[rng.integers(len(OPENINGS))] + words
    hand = scene.things[0].hand
    if hand != USUAL_HAND or rng.random() < 0.15:
        words += f", {hand} style"
    return words


def _things(scene: Scene, rng: np.random.Generator) -> str:
    first, *others = scene.things
    if others and all(thing.name == first.name for thing in others):
        return f"{NUMBERS[len(scene.things)]} {plural(first.word)}"
    article = bool(others) or rng.random() < 0.6
    return " and ".join(_name(thing, article) for thing in scene.things)


def _name(thing: Placed, article: bool) -> str:
    phrase = f"{thing.tint} {thing.word}" if thing.tint else thing.word
    return with_article(phrase, thing.word) if article else phrase


def _place(scene: Scene) -> str:
    x = scene.things[0].centre_xy[0]
    if len(scene.things) > 1 or x == 0.5:
        return ""
    return " on the left" if x < 0.5 else " on the right"


def _backdrop(scene: Scene, rng: np.random.Generator) -> str:
    if isinstance(scene.backdrop, Ground):
        return f" {scene.backdrop.phrase}"
    if scene.backdrop == "white" and rng.random() < 0.8:
        return ""
    if rng.random() < 0.4:
        return f", {scene.backdrop} background"
    return f" on {with_article(scene.backdrop, 'background')} background"
