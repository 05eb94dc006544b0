"""People as skeletons: which points, which colours, how thick."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document.control_maps.skeleton import (
    COCO_POINTS,
    OPENPOSE_POINTS,
    Points,
    draw_skeletons,
    from_coco,
)
from studio.domain.geometry import Size

SIDE = Size(512, 512)
# OpenPose's names in its order, and where COCO has them.
OPENPOSE = (
    *("nose", "neck", "right shoulder", "right elbow", "right wrist", "left shoulder"),
    *("left elbow", "left wrist", "right hip", "right knee", "right ankle", "left hip"),
    *("left knee", "left ankle", "right eye", "left eye", "right ear", "left ear"),
)
COCO = (
    *("nose", "left eye", "right eye", "left ear", "right ear", "left shoulder"),
    *("right shoulder", "left elbow", "right elbow", "left wrist", "right wrist", "left hip"),
    *("right hip", "left knee", "right knee", "left ankle", "right ankle"),
)


def person(*points: tuple[int, float, float]) -> Points:
    """Somebody of whom only these points are seen: number, x and y."""
    made = np.zeros((1, OPENPOSE_POINTS, 3), np.float32)
    for number, x, y in points:
        made[0, number] = x, y, 1
    return made


def test_every_point_of_coco_is_openposes_of_the_same_name() -> None:
    coco = np.arange(COCO_POINTS * 3, dtype=np.float32).reshape(1, COCO_POINTS, 3)
    made = from_coco(coco)
    assert made.shape == (1, OPENPOSE_POINTS, 3)
    for number, name in enumerate(OPENPOSE):
        if name != "neck":
            assert np.array_equal(made[0, number], coco[0, COCO.index(name)])


def test_a_neck_is_between_the_shoulders_and_as_certain_as_the_worse_of_them() -> None:
    coco = np.zeros((1, COCO_POINTS, 3), np.float32)
    coco[0, COCO.index("left shoulder")] = 40, 10, 0.9
    coco[0, COCO.index("right shoulder")] = 20, 30, 0.2
    assert np.allclose(from_coco(coco)[0, OPENPOSE.index("neck")], (30, 20, 0.2))


def test_nobody_is_all_black() -> None:
    nobody = np.zeros((0, OPENPOSE_POINTS, 3), np.float32)
    drawn = draw_skeletons(nobody, Size(20, 30))
    assert drawn.shape == (30, 20, 3)
    assert not drawn.any()


@pytest.mark.parametrize(
    ("name", "colour"),
    [
        ("nose", (255, 0, 0)),
        ("neck", (255, 85, 0)),
        ("right shoulder", (255, 170, 0)),
        ("left hip", (0, 85, 255)),
        ("left ear", (255, 0, 85)),
    ],
)
def test_a_point_is_a_disc_in_its_colour(name: str, colour: tuple[int, int, int]) -> None:
    drawn = draw_skeletons(person((OPENPOSE.index(name), 100, 200)), SIDE)
    assert tuple(drawn[200, 100]) == colour
    rows, columns = np.nonzero(drawn.any(axis=2))
    assert (rows.min(), rows.max(), columns.min(), columns.max()) == (196, 204, 96, 104)


@pytest.mark.parametrize(
    ("start", "end", "colour"),
    [
        ("neck", "right shoulder", (153, 0, 0)),
        ("neck", "left shoulder", (153, 51, 0)),
        ("neck", "right hip", (0, 153, 0)),
        ("left knee", "left ankle", (0, 51, 153)),
        ("neck", "nose", (0, 0, 153)),
        ("left eye", "left ear", (153, 0, 102)),
    ],
)
def test_a_limb_is_darker_and_joins_two_points(
    start: str, end: str, colour: tuple[int, int, int]
) -> None:
    points = (OPENPOSE.index(start), 100, 256), (OPENPOSE.index(end), 300, 256)
    drawn = draw_skeletons(person(*points), SIDE)
    assert tuple(drawn[256, 200]) == colour
    (thick,) = np.nonzero(drawn[:, 200].any(axis=1))
    assert (thick.min(), thick.max()) == (252, 260)


def test_points_that_no_limb_joins_stay_apart() -> None:
    drawn = draw_skeletons(person((4, 100, 256), (7, 300, 256)), SIDE)  # the wrists
    assert not drawn[256, 200].any()


def test_what_is_not_certain_is_left_out() -> None:
    points = person((1, 100, 100), (2, 200, 100))
    points[0, 2, 2] = 0.29
    drawn = draw_skeletons(points, SIDE)
    assert drawn[100, 100].any()
    assert not drawn[100, 150:].any()


@given(st.integers(64, 2000), st.integers(64, 2000))
def test_lines_are_as_thick_as_the_picture_is_large(width: int, height: int) -> None:
    drawn = draw_skeletons(person((0, width / 2, height / 2)), Size(width, height))
    covered = int(drawn.any(axis=2).sum())
    radius = max(1.0, 4 * min(width, height) / 512)
    assert np.pi * (radius - 0.5) ** 2 <= covered <= np.pi * (radius + 1.5) ** 2


@given(st.lists(st.floats(-900, 900, width=32), min_size=4, max_size=4))
def test_points_beyond_the_picture_are_no_harm(at: list[float]) -> None:
    drawn = draw_skeletons(person((0, at[0], at[1]), (1, at[2], at[3])), Size(40, 30))
    assert drawn.shape == (30, 40, 3)
