"""Say what a scene shows: captions that are always true, in the short words of a prompt box.

What is left unsaid is left at its usual value (a white backdrop, the first hand), so that a bare
"cat" means one thing, and every word of a longer prompt changes what it names.
"""

from __future__ import annotations

import numpy as np

from studio.training import hands
from studio.training.english import plural, with_article
from studio.training.scenes import PLACES, Ground, Placed, Scene

NUMBERS = {2: "two", 3: "three"}
OPENINGS = ("a picture of ", "a drawing of ", "an icon of ", "an emoji of ", "draw ",
            "a beautiful picture of ", "an illustration of ", "a detailed image of ")  # fmt: skip
# What people add to a prompt though it shows nothing: the model must learn to let it be.
FILLERS = (", high quality", ", detailed", ", masterpiece", ", beautiful", ", sharp focus")
BESIDE = ("{} and {}", "{} next to {}", "{} beside {}", "{} on the left and {} on the right",
          "{} to the left of {}", "{} left of {}")  # fmt: skip
ABOVE = ("{} above {}", "{} over {}", "{} on top of {}")
BELOW = ("{} below {}", "{} under {}", "{} underneath {}")


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One true sentence about the scene; wording varies, facts don't."""
    words = _things(scene, rng) + _place(scene) + _backdrop(scene, rng)
    if rng.random() < 0.1:
        words = OPENINGS[rng.integers(len(OPENINGS))] + words
    hand = scene.things[0].hand
    if hand != hands.USUAL or rng.random() < 0.15:
        phrases = hands.PHRASES[hand]
        usual = rng.random() < 0.6
        words += ", " + phrases[0 if usual else rng.integers(len(phrases))]
    if rng.random() < 0.05:
        words += FILLERS[rng.integers(len(FILLERS))]
    return words


def _things(scene: Scene, rng: np.random.Generator) -> str:
    first, *others = scene.things
    if others and all(thing.name == first.name for thing in others):
        return f"{NUMBERS[len(scene.things)]} {plural(first.word)}"
    article = bool(others) or rng.random() < 0.6
    names = [_name(thing, article) for thing in scene.things]
    if not others:
        return names[0]
    if first.centre_xy[0] != others[0].centre_xy[0]:
        return BESIDE[rng.integers(len(BESIDE))].format(*names)
    if rng.random() < 0.5:
        return ABOVE[rng.integers(len(ABOVE))].format(*names)
    return BELOW[rng.integers(len(BELOW))].format(*reversed(names))


def _name(thing: Placed, article: bool) -> str:
    phrase = f"{thing.tint} {thing.word}" if thing.tint else thing.word
    return with_article(phrase, thing.word) if article else phrase


def _place(scene: Scene) -> str:
    first, *others = scene.things
    places = [phrase for phrase, centre in PLACES.items() if centre == first.centre_xy]
    return f" {places[0]}" if places and not others else ""


def _backdrop(scene: Scene, rng: np.random.Generator) -> str:
    if isinstance(scene.backdrop, Ground):
        return f" {scene.backdrop.phrase}"
    if scene.backdrop == "white" and rng.random() < 0.8:
        return ""
    if rng.random() < 0.4:
        return f", {scene.backdrop} background"
    return f" on {with_article(scene.backdrop, 'background')} background"
