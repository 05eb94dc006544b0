"""Captions are true: each fact of a scene is said, and nothing else is."""

from __future__ import annotations

from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.training.captions import NUMBERS, caption
from studio.training.drawings import Drawings
from studio.training.english import plural
from studio.training.scenes import COLOURS, GROUNDS, TINTS, Ground, SceneMix, draw_scene

SEEDS = st.integers(0, 2**32)
WORDS = ("disc", "disk", "box", "bars", "blue ball", "orange ink")


@given(SEEDS)
def test_a_caption_names_everything_and_only_what_is_there(drawings: Drawings, seed: int) -> None:
    rng = np.random.default_rng(seed)
    scene = draw_scene(drawings, SceneMix(), rng)
    text = caption(scene, rng)
    there = {thing.word for thing in scene.things}
    for word in there:
        assert word in text or plural(word) in text
    for word in set(WORDS) - there:
        assert word not in text


@given(SEEDS)
def test_places_colours_numbers_and_hands_are_said_if_and_only_if_true(
    drawings: Drawings, seed: int
) -> None:
    rng = np.random.default_rng(seed)
    scene = draw_scene(drawings, SceneMix(), rng)
    text = caption(scene, rng)
    first = scene.things[0]
    alone = len(scene.things) == 1
    assert ("on the left" in text) == (alone and first.centre_xy[0] < 0.5)
    assert ("on the right" in text) == (alone and first.centre_xy[0] > 0.5)
    assert ("shaded style" in text) == (first.hand == "shaded")
    for ground in GROUNDS:
        assert (ground.phrase in text) == (scene.backdrop == ground)
    if isinstance(scene.backdrop, str) and scene.backdrop != "white":
        assert f"{scene.backdrop} background" in text
    same = not alone and len({thing.name for thing in scene.things}) == 1
    for number, word in NUMBERS.items():
        assert (f"{word} " in text) == (same and len(scene.things) == number)
    if first.tint is not None:
        assert f"{first.tint} {first.word}" in text
        assert first.tint != scene.backdrop


@given(SEEDS)
def test_things_stand_inside_the_picture_and_apart(drawings: Drawings, seed: int) -> None:
    scene = draw_scene(drawings, SceneMix(), np.random.default_rng(seed))
    spans = [(t.centre_xy[0] - t.size / 2, t.centre_xy[0] + t.size / 2) for t in scene.things]
    assert all(0 <= left < right <= 1 for left, right in spans)
    assert all(a[1] <= b[0] for a, b in pairwise(spans))
    assert len({thing.hand for thing in scene.things}) == 1
    assert all((thing.hand, thing.name) in drawings.pixels for thing in scene.things)


def test_the_mix_is_obeyed(drawings: Drawings) -> None:
    mix = SceneMix(kinds={"tinted": 1.0}, hands={"shaded": 1.0}, grounds=1.0)
    rng = np.random.default_rng(0)
    scenes = [draw_scene(drawings, mix, rng) for _ in range(60)]
    assert all(isinstance(scene.backdrop, Ground) for scene in scenes)
    assert {scene.things[0].hand for scene in scenes} == {"shaded"}
    # A thing that has a colour in its name keeps it.
    for thing in (scene.things[0] for scene in scenes):
        assert (thing.tint is None) == any(colour in thing.word.split() for colour in COLOURS)


def test_every_tint_is_a_colour_with_a_name() -> None:
    assert set(TINTS) <= set(COLOURS)
