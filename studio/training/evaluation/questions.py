"""The exam: scenes in each part of what a model should follow, and the prompt for each.

A question's scene is the truth: painted, it is what a perfect answer to its prompt may look like.
All scenes but those of “never joined” are of the kinds that the model learnt from, worded by the
same writer. “usual words” and “unknown words” say the scenes of “plain words” as people type, from
the same seeds.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from functools import partial

import numpy as np

from studio.training import hands as manners
from studio.training.captions import caption
from studio.training.drawings import Drawings
from studio.training.english import countable
from studio.training.evaluation.measures import count_things, foreground
from studio.training.evaluation.wordings import PLAIN, UNKNOWN, USUAL, in_words
from studio.training.painting import paint
from studio.training.scenes import (
    COLOURS,
    GROUNDS,
    TINTS,
    Ground,
    Placed,
    Scene,
    SceneMix,
    draw_scene,
    held_out,
)

SEED = 2_000_003
THINGS = 300

# How many pictures each part asks for; "naming" goes through its things three times.
FULL = {"naming": 3 * THINGS, "other words": 100, "colour": 120, "background": 84}
FULL |= {"ground": 64, "gradient": 42, "count": 90, "hand": 120, "beside": 48, "above": 48}
FULL |= {"never joined": 64, "plain words": 56, "usual words": 56, "unknown words": 56}
QUICK = {"naming": 14, "other words": 4, "colour": 6, "background": 6, "ground": 6, "gradient": 4}
QUICK |= {"count": 6, "hand": 5, "beside": 3, "above": 3, "never joined": 4}
QUICK |= {"plain words": 3, "usual words": 3, "unknown words": 3}

WORDINGS = {"plain words": (PLAIN,), "usual words": USUAL, "unknown words": UNKNOWN}


@dataclass(frozen=True)
class Question:
    """A true scene, the prompt that asks for it, and the seed of the answer's noise."""

    scene: Scene
    prompt: str
    seed: int


def ask(
    drawings: Drawings, sizes: dict[str, int], hands: tuple[str, ...]
) -> dict[str, list[Question]]:
    """The questions of each part in `sizes`, the same each time; hands are asked of `hands`."""
    exam = {}
    for part, size in sizes.items():
        scenes_of = "plain words" if part in WORDINGS else part
        rng = np.random.default_rng((SEED, list(FULL).index(scenes_of)))
        scenes = list(_scenes(scenes_of, size, drawings, hands, rng))
        exam[part] = [
            Question(scene, _prompt(part, i, scene, rng), i) for i, scene in enumerate(scenes)
        ]
    return exam


def _prompt(part: str, i: int, scene: Scene, rng: np.random.Generator) -> str:
    if wordings := WORDINGS.get(part):
        return in_words(scene.things[0], wordings[i % len(wordings)])
    return caption(scene, rng)


def _scenes(
    part: str, size: int, drawings: Drawings, hands: tuple[str, ...], rng: np.random.Generator
) -> Iterator[Scene]:
    if part == "naming":
        return _things(drawings, size, rng)
    if part == "other words":
        return _synonyms(drawings, size, rng)
    if part == "count":
        return _counts(drawings, size, rng)
    if part == "never joined":
        return _never_joined(drawings, size, rng)
    return _compositions(part, size, drawings, hands, rng)


def _compositions(
    part: str, size: int, drawings: Drawings, hands: tuple[str, ...], rng: np.random.Generator
) -> Iterator[Scene]:
    kinds = {"colour": "tinted", "plain words": "tinted", "beside": "pair", "above": "stacked"}
    kind = kinds.get(part, "single")
    for i in range(size):
        hand = hands[i % len(hands)] if part == "hand" else manners.USUAL
        yield _draw(drawings, _mix(kind, part, hand), rng, _wanted(part, i))


def _mix(kind: str, part: str, hand: str = manners.USUAL) -> SceneMix:
    """Scenes of one kind, one hand and one kind of backdrop: white unless the part is about it."""
    return SceneMix(
        kinds={kind: 1.0},
        hands={hand: 1.0},
        grounds=float(part == "ground"),
        gradients=float(part == "gradient"),
        white=float(part != "background"),
    )


def _draw(
    drawings: Drawings, mix: SceneMix, rng: np.random.Generator, wanted: Callable[[Scene], bool]
) -> Scene:
    while not wanted(scene := draw_scene(drawings, mix, rng)):
        pass
    return scene


def _wanted(part: str, i: int) -> Callable[[Scene], bool]:
    """Whether the part's question number i may be about a scene: colours and places take turns."""
    colours = [name for name in COLOURS if name != "white"]
    if part == "colour":
        return lambda scene: scene.things[0].tint == TINTS[i % len(TINTS)]
    if part == "plain words":
        return lambda scene: (
            countable(scene.things[0].word) and scene.things[0].tint == TINTS[i % len(TINTS)]
        )
    if part == "background":
        return lambda scene: scene.backdrop == colours[i % len(colours)]
    if part == "ground":
        return lambda scene: scene.backdrop == GROUNDS[i % len(GROUNDS)]
    if part in ("beside", "above"):
        return lambda scene: len(scene.things) == 2
    return lambda scene: True


def _things(drawings: Drawings, size: int, rng: np.random.Generator) -> Iterator[Scene]:
    """Each thing once by its usual word, then all again."""
    order = rng.permutation(len(drawings.concepts))[:THINGS]
    for i in range(size):
        concept = drawings.concepts[order[i % len(order)]]
        yield Scene((Placed(concept.name, concept.words[0], manners.USUAL),), "white")


def _synonyms(drawings: Drawings, size: int, rng: np.random.Generator) -> Iterator[Scene]:
    pairs = [(c.name, word) for c in drawings.concepts for word in c.words[1:]]
    for i in rng.permutation(len(pairs))[:size]:
        name, word = pairs[i]
        yield Scene((Placed(name, word, manners.USUAL),), "white")


def _counts(drawings: Drawings, size: int, rng: np.random.Generator) -> Iterator[Scene]:
    """One, two, three in turn, of things that are one region even when drawn small."""
    clear = frozenset(
        concept.name
        for concept in drawings.concepts
        if countable(concept.words[0]) and _in_one_piece(concept.name, drawings)
    )
    for i in range(size):
        number = 1 + i % 3
        kind = "counted" if number > 1 else "single"
        wanted = partial(_counts_as, number, clear)
        yield _draw(drawings, _mix(kind, "count"), rng, wanted)


def _counts_as(number: int, names: frozenset[str], scene: Scene) -> bool:
    return len(scene.things) == number and scene.things[0].name in names


def _in_one_piece(name: str, drawings: Drawings) -> bool:
    thing = Placed(name, name, manners.USUAL, size=0.3)
    picture = paint(Scene((thing,), "white"), drawings, 64)
    return int(count_things(foreground(picture[None], "white"))[0]) == 1


def _never_joined(drawings: Drawings, size: int, rng: np.random.Generator) -> Iterator[Scene]:
    """A thing, its colour and its place of which training joined neither pair with the thing."""
    places: list[str | Ground] = [*(name for name in COLOURS if name != "white"), *GROUNDS]
    while size > 0:
        concept = drawings.concepts[rng.integers(len(drawings.concepts))]
        thing = Placed(concept.name, concept.words[0], manners.USUAL)
        tint, place = TINTS[rng.integers(len(TINTS))], places[rng.integers(len(places))]
        tinted = replace(thing, tint=tint)
        named_by_colour = any(colour in thing.word.split() for colour in COLOURS)
        if named_by_colour or tint == place:
            continue
        if held_out(Scene((tinted,), "white")) and held_out(Scene((thing,), place)):
            yield Scene((tinted,), place)
            size -= 1
