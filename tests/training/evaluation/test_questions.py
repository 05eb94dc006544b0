"""The exam asks what it says it asks, the same each time."""

from __future__ import annotations

import pytest

from studio.training.drawings import Drawings
from studio.training.evaluation.questions import FULL, QUICK, WORDINGS, Question, ask
from studio.training.evaluation.wordings import UNKNOWN
from studio.training.scenes import Ground, Scene, held_out

HANDS = ("flat", "shaded")


@pytest.fixture(scope="module")
def exam(drawings: Drawings) -> dict[str, list[Question]]:
    return ask(drawings, {**QUICK, "other words": 1}, HANDS)


def test_both_exams_have_the_same_parts_and_sizes_as_promised() -> None:
    assert list(QUICK) == list(FULL)
    assert 50 <= sum(QUICK.values()) <= 70
    assert sum(FULL.values()) < 1900
    assert FULL["naming"] >= 600


def test_every_part_has_its_questions(exam: dict[str, list[Question]]) -> None:
    assert {part: len(asked) for part, asked in exam.items()} == {**QUICK, "other words": 1}
    assert all(question.prompt for asked in exam.values() for question in asked)


def test_it_is_the_same_each_time(drawings: Drawings, exam: dict[str, list[Question]]) -> None:
    assert ask(drawings, {"colour": 6, "hand": 5}, HANDS) == {
        part: exam[part] for part in ("colour", "hand")
    }


def test_every_thing_comes_once_before_any_comes_again(exam: dict[str, list[Question]]) -> None:
    names = [question.scene.things[0].name for question in exam["naming"]]
    assert len(set(names[:5])) == 5
    assert names[5:10] == names[:5]


def test_parts_are_about_what_they_are_called(exam: dict[str, list[Question]]) -> None:
    scenes = {part: [question.scene for question in asked] for part, asked in exam.items()}
    assert len({scene.things[0].tint for scene in scenes["colour"]}) == 6
    assert all(isinstance(scene.backdrop, str) for scene in scenes["background"])
    assert "white" not in {scene.backdrop for scene in scenes["background"]}
    assert all(isinstance(scene.backdrop, Ground) for scene in scenes["ground"])
    assert all(question.prompt.count("gradient") for question in exam["gradient"])
    assert [len(scene.things) for scene in scenes["count"]] == [1, 2, 3, 1, 2, 3]
    assert {scene.things[0].hand for scene in scenes["hand"]} == set(HANDS)
    for scene in scenes["beside"]:
        assert scene.things[0].centre_xy[0] < scene.things[1].centre_xy[0]
    for scene in scenes["above"]:
        assert scene.things[0].centre_xy[1] < scene.things[1].centre_xy[1]


def test_unknown_words_are_added_to_the_same_scenes_and_seeds(drawings: Drawings) -> None:
    plain, usual, unknown = ask(drawings, {part: FULL[part] for part in WORDINGS}, HANDS).values()
    for asked in (usual, unknown):
        assert [(q.scene, q.seed) for q in plain] == [(q.scene, q.seed) for q in asked]
    for question in plain:
        (thing,) = question.scene.things
        assert question.prompt.split()[1:] == [thing.tint, thing.word]
    said = {q.prompt.replace(q.scene.things[0].tint or "", "TINT") for q in unknown}
    assert len(said) >= len(UNKNOWN)
    assert not {q.prompt for q in plain} & {q.prompt for q in (*usual, *unknown)}


def test_only_one_part_asks_what_training_held_out(exam: dict[str, list[Question]]) -> None:
    for part, asked in exam.items():
        assert {held_out(q.scene) for q in asked} == {part == "never joined"}
    for question in exam["never joined"]:
        (thing,) = question.scene.things
        assert thing.tint in question.prompt.split()
        assert held_out(Scene((thing,), "white"))
