"""Say what a scene shows: captions that are always true, in the short words of a prompt box.

What is left unsaid is left at its usual value (a white backdrop, the first hand), so that a bare
"cat" means one thing, and every word of a longer prompt changes what it names.
"""

from __future__ import annotations

import numpy as np

from studio.training.scenes import Ground, Placed, Scene

USUAL_HAND = "flat"
NUMBERS = {2: "two", 3: "three"}
OPENINGS = ("a picture of ", "a drawing of ", "an icon of ", "an emoji of ")
UNCHANGED = frozenset({"sheep", "deer", "fish", "tropical fish", "pufferfish", "scissors"})
# Words for stuff rather than for things: "some bread", never "a bread".
STUFF = frozenset(
    {"bread", "cheese", "chocolate", "honey", "milk", "beer", "wine", "coffee", "popcorn", "corn"}
    | {"sushi", "spaghetti", "pasta", "fire", "lightning", "money", "broccoli", "earth", "saturn"}
)


def caption(scene: Scene, rng: np.random.Generator) -> str:
    """One true sentence about the scene; wording varies, facts don't."""
    words = _things(scene, rng) + _place(scene) + _backdrop(scene, rng)
    if rng.random() < 0.1:
        words = OPENINGS[rng.integers(len(OPENINGS))] + words
    hand = scene.things[0].hand
    if hand != USUAL_HAND or rng.random() < 0.15:
        words += f", {hand} style"
    return words


def plural(word: str) -> str:
    """More than one of the thing, by the common rules of English spelling."""
    if word in UNCHANGED or is_plural(word):
        return word
    if word.endswith(("wolf", "leaf", "scarf")):
        return word[:-1] + "ves"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def is_plural(word: str) -> bool:
    """Whether the word already means several: "grapes", "face with sunglasses" excepted."""
    return (
        word.endswith("s")
        and not word.endswith(("ss", "us", "bus", "octopus"))
        and (" with " not in word)
    )


def with_article(phrase: str, word: str) -> str:
    """`phrase` (ending in `word`) with "a" or "an" where English wants one."""
    if word in STUFF or is_plural(word):
        return phrase
    return (
        "an " if phrase[0] in "aeiou" and not phrase.startswith(("uni", "ufo")) else "a "
    ) + phrase


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
    forms = (f" on a {scene.backdrop} background", f", {scene.backdrop} background")
    return forms[int(rng.random() < 0.4)].replace("a orange", "an orange")
