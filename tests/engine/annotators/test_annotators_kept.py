"""What controls see: which network is used, what is kept, and what is said where none is there."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch

from studio.document.control_maps import draw_skeletons, from_coco, seen_by_control
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor
from studio.domain.errors import ModelNotFound, ModelRefused, OutOfMemory
from studio.domain.geometry import Size
from studio.engine.annotators.annotators import MAPS_KEPT, Annotators
from studio.engine.annotators.depth import load_depth_finder
from studio.engine.annotators.people import load_people_finder
from studio.engine.annotators.pose import load_pose_finder
from studio.engine.questions import SeenByControl
from studio.engine.runner import DiffusionRunner
from tests.engine.test_runner import CPU
from tests.support.samples import noise
from tests.support.tiny_annotators import write_annotator

PICTURE = noise(3, 60, 40)
SIZE = Size(48, 48)


class Shelf:
    """Annotators of this disk, as a catalog lists them."""

    def __init__(self, *infos: AddonInfo) -> None:
        self.infos = list(infos)

    def __call__(self, kind: AddonKind) -> Sequence[AddonInfo]:
        return [info for info in self.infos if info.kind is kind]


@pytest.fixture(scope="module")
def depth(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_annotator(tmp_path_factory.mktemp("nets") / "b-depth", "dpt", 1)


@pytest.fixture(scope="module")
def other_depth(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_annotator(tmp_path_factory.mktemp("nets") / "A-depth", "dpt", 2)


@pytest.fixture(scope="module")
def pose(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_annotator(tmp_path_factory.mktemp("nets") / "pose", "vitpose", 3)


@pytest.fixture(scope="module")
def people(tmp_path_factory: pytest.TempPathFactory) -> AddonInfo:
    return write_annotator(tmp_path_factory.mktemp("nets") / "people", "rt_detr", 1)


def test_a_map_is_of_the_picture_as_it_covers_what_is_drawn(depth: AddonInfo) -> None:
    made = Annotators(Shelf(depth), CPU).seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE)
    covering = seen_by_control(PICTURE, Preprocessor.NONE, SIZE)
    assert made.shape == (48, 48, 3)
    assert np.array_equal(made, load_depth_finder(depth, CPU).depth_map(covering))


@pytest.mark.parametrize("preprocessor", [Preprocessor.NONE, Preprocessor.CANNY])
def test_what_needs_no_network_is_as_ever(preprocessor: Preprocessor) -> None:
    made = Annotators(Shelf(), CPU).seen_by_control(PICTURE, preprocessor, SIZE)
    assert np.array_equal(made, seen_by_control(PICTURE, preprocessor, SIZE))


def test_of_several_the_first_by_name_is_used(depth: AddonInfo, other_depth: AddonInfo) -> None:
    made = Annotators(Shelf(depth, other_depth), CPU).seen_by_control(
        PICTURE, Preprocessor.DEPTH, SIZE
    )
    alone = Annotators(Shelf(other_depth), CPU).seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE)
    assert np.array_equal(made, alone)


def test_a_map_is_made_once_even_when_networks_are_let_go(
    depth: AddonInfo, other_depth: AddonInfo
) -> None:
    shelf = Shelf(depth)
    annotators = Annotators(shelf, CPU)
    made = annotators.seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE)
    annotators.release()
    again = annotators.seen_by_control(PICTURE.copy(), Preprocessor.DEPTH, SIZE)
    assert again is made
    shelf.infos.append(other_depth)
    other = annotators.seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE)
    assert not np.array_equal(other, made)
    assert annotators.seen_by_control(noise(4, 60, 40), Preprocessor.DEPTH, SIZE) is not other


def test_only_the_last_few_maps_are_kept(depth: AddonInfo) -> None:
    annotators = Annotators(Shelf(depth), CPU)
    pictures = [noise(number, 20, 20) for number in range(MAPS_KEPT + 1)]
    made = [annotators.seen_by_control(one, Preprocessor.DEPTH, SIZE) for one in pictures]
    again = [annotators.seen_by_control(one, Preprocessor.DEPTH, SIZE) for one in pictures[:0:-1]]
    assert all(old is new for old, new in zip(made[:0:-1], again, strict=True))
    assert annotators.seen_by_control(pictures[0], Preprocessor.DEPTH, SIZE) is not made[0]


def test_without_one_that_finds_people_the_picture_is_one_person(pose: AddonInfo) -> None:
    made = Annotators(Shelf(pose), CPU).seen_by_control(PICTURE, Preprocessor.POSE, SIZE)
    covering = seen_by_control(PICTURE, Preprocessor.NONE, SIZE)
    whole = np.array([[0, 0, 48, 48]], np.float32)
    points = load_pose_finder(pose, CPU).points(covering, whole)
    assert np.array_equal(made, draw_skeletons(from_coco(points), SIZE))
    assert made.any()


def test_each_person_that_is_found_has_a_skeleton(pose: AddonInfo, people: AddonInfo) -> None:
    made = Annotators(Shelf(people, pose), CPU).seen_by_control(PICTURE, Preprocessor.POSE, SIZE)
    covering = seen_by_control(PICTURE, Preprocessor.NONE, SIZE)
    boxes = load_people_finder(people, CPU).boxes(covering)
    assert len(boxes) > 0
    points = load_pose_finder(pose, CPU).points(covering, boxes)
    assert np.array_equal(made, draw_skeletons(from_coco(points), SIZE))


@pytest.mark.parametrize(
    ("preprocessor", "sentence", "remedy"),
    [
        (Preprocessor.DEPTH, "finds depth isn't on this disk", "Depth Anything V2"),
        (Preprocessor.POSE, "finds poses isn't on this disk", "ViTPose"),
    ],
)
def test_where_there_is_none_it_is_said_what_to_fetch(
    people: AddonInfo, preprocessor: Preprocessor, sentence: str, remedy: str
) -> None:
    annotators = Annotators(Shelf(people), CPU)
    with pytest.raises(ModelNotFound, match=sentence) as raised:
        annotators.seen_by_control(PICTURE, preprocessor, SIZE)
    assert remedy in raised.value.remedy
    assert "Models window" in raised.value.remedy


def test_a_damaged_one_is_asked_for_again_once_it_is_mended(tmp_path: Path) -> None:
    info = write_annotator(tmp_path / "net", "dpt")
    weights = info.path / "model.safetensors"
    whole = weights.read_bytes()
    weights.write_bytes(whole[: len(whole) // 2])
    annotators = Annotators(Shelf(info), CPU)
    with pytest.raises(ModelRefused):
        annotators.seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE)
    weights.write_bytes(whole)
    assert annotators.seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE).shape == (48, 48, 3)


def a_runner(shelf: Callable[[AddonKind], Sequence[AddonInfo]]) -> DiffusionRunner:
    def nothing(name: str) -> Any:
        raise AssertionError(name)

    return DiffusionRunner(nothing, nothing, device=CPU, list_addons=shelf)


DEPTH = SeenByControl(PICTURE, Preprocessor.DEPTH, SIZE)


def test_the_runner_answers_what_a_control_sees(depth: AddonInfo) -> None:
    runner = a_runner(Shelf(depth))
    wanted = Annotators(Shelf(depth), CPU).seen_by_control(PICTURE, Preprocessor.DEPTH, SIZE)
    assert np.array_equal(runner.answer(DEPTH), wanted)
    runner.release()


class Full(Shelf):
    """A disk on whose device there is no memory for the first few times."""

    def __init__(self, times: int, *infos: AddonInfo) -> None:
        super().__init__(*infos)
        self.left = times

    def __call__(self, kind: AddonKind) -> Sequence[AddonInfo]:
        if self.left:
            self.left -= 1
            raise torch.OutOfMemoryError("out of memory")
        return super().__call__(kind)


def test_out_of_memory_a_question_is_asked_once_more(depth: AddonInfo) -> None:
    assert a_runner(Full(1, depth)).answer(DEPTH).shape == (48, 48, 3)
    with pytest.raises(OutOfMemory, match="to look at the picture"):
        a_runner(Full(2, depth)).answer(DEPTH)
