"""Captions are true: each fact of a scene is said, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st

from studio.training.captions import ABOVE, BELOW, BESIDE, NUMBERS, caption
from studio.training.drawings import Drawings
from studio.training.english import plural
from studio.training.hands import PHRASES, USUAL
from studio.training.scenes import (
    COLOURS,
    GROUNDS,
    PLACES,
    TINTS,
    Ground,
    Placed,
    Scene,
    SceneMix,
    draw_scene,
    gradient,
    held_out,
)

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
    for phrase, centre in PLACES.items():
        if alone or phrase in ("at the top", "at the bottom"):
            assert (phrase in text) == (alone and first.centre_xy == centre)
    said = {hand for hand, phrases in PHRASES.items() if any(phrase in text for phrase in phrases)}
    assert said <= {first.hand}
    assert said or first.hand == USUAL
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
    boxes = [
        (np.subtract(t.centre_xy, t.size / 2), np.add(t.centre_xy, t.size / 2))
        for t in scene.things
    ]
    assert all((low >= 0).all() and (high <= 1).all() for low, high in boxes)
    assert all((a[1] <= b[0]).any() for a, b in pairwise(boxes))
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


def test_two_things_are_said_in_the_order_in_which_they_lie() -> None:
    disc, box = Placed("disc", "disc", "flat"), Placed("box", "box", "flat")
    rows = Scene(
        (replace(disc, centre_xy=(0.25, 0.5)), replace(box, centre_xy=(0.75, 0.5))), "white"
    )
    column = Scene(
        (replace(disc, centre_xy=(0.5, 0.25)), replace(box, centre_xy=(0.5, 0.75))), "white"
    )
    for seed in range(40):
        beside = caption(rows, np.random.default_rng(seed))
        assert beside.index("disc") < beside.index("box")
        assert any(form.strip("{}") in beside for form in BESIDE)
        stacked = caption(column, np.random.default_rng(seed))
        above = any(form.strip("{}") in stacked for form in ABOVE)
        assert above != any(form.strip("{}") in stacked for form in BELOW)
        assert (stacked.index("disc") < stacked.index("box")) == above


@given(SEEDS)
def test_what_is_held_out_is_never_drawn(drawings: Drawings, seed: int) -> None:
    assert not held_out(draw_scene(drawings, SceneMix(), np.random.default_rng(seed)))


def test_one_in_eight_joined_words_is_held_out_but_white_and_gradients_never() -> None:
    thing = Placed("disc", "disc", "flat")
    tinted = [Scene((replace(thing, name=str(n), tint="red"),), "white") for n in range(800)]
    assert 60 < sum(map(held_out, tinted)) < 140
    assert not held_out(Scene((thing,), "white"))
    assert not held_out(Scene((thing,), gradient("red", "blue")))
