"""Points of people: the network's own answer, put where the person is in the picture."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest
import torch
from hypothesis import given
from hypothesis import strategies as st
from transformers import VitPoseForPoseEstimation

from studio.domain.events import Pixels
from studio.engine.annotators.pose import PoseFinder, load_pose_finder
from tests.engine.test_runner import CPU
from tests.support.samples import noise
from tests.support.tiny_annotators import write_annotator

MEAN = np.array([0.485, 0.456, 0.406])
DEVIATION = np.array([0.229, 0.224, 0.225])
HEIGHT, WIDTH = 64, 48


def warped(pixels: Pixels, box: np.ndarray) -> torch.Tensor:
    """As ViTPose's authors do it, pixel by pixel: what of a picture is around a box, in the
    network's format and a quarter larger, by linear interpolation."""
    left, top, width, height = box
    middle = left + width / 2, top + height / 2
    if width > WIDTH / HEIGHT * height:
        height = width / (WIDTH / HEIGHT)
    else:
        width = height * WIDTH / HEIGHT
    width, height = 1.25 * width, 1.25 * height
    seen = np.zeros((HEIGHT, WIDTH, 3))
    rows, columns = pixels.shape[:2]
    for row, column in np.ndindex(HEIGHT, WIDTH):
        x = column * width / (WIDTH - 1) + middle[0] - width / 2
        y = row * height / (HEIGHT - 1) + middle[1] - height / 2
        if 0 <= x <= columns - 1 and 0 <= y <= rows - 1:
            x0, y0 = min(int(x), columns - 2), min(int(y), rows - 2)
            for dx, dy in np.ndindex(2, 2):
                share = (1 - abs(x - x0 - dx)) * (1 - abs(y - y0 - dy))
                seen[row, column] += share * pixels[y0 + dy, x0 + dx]
    normal = (np.floor(seen + 0.5) / 255 - MEAN) / DEVIATION
    return torch.from_numpy(normal.transpose(2, 0, 1)[None]).float()


@pytest.mark.parametrize("num_experts", [1, 6])
def test_it_is_the_networks_own_answer(tmp_path: Path, num_experts: int) -> None:
    info = write_annotator(tmp_path / "net", "vitpose", num_experts=num_experts)
    picture = noise(2, 90, 60)
    boxes = np.array([[20, 15, 21, 32], [30, 10, 40, 30], [12.5, 8.25, 20, 40]], np.float32)
    points = load_pose_finder(info, CPU).points(picture, boxes)
    network = VitPoseForPoseEstimation.from_pretrained(info.path, local_files_only=True).eval()
    experts = torch.zeros(1, dtype=torch.long) if num_experts > 1 else None
    assert points.shape == (3, 17, 3)
    for person, box in zip(points, boxes, strict=True):
        with torch.inference_mode():
            (maps,) = network(warped(picture, box), dataset_index=experts).heatmaps.numpy()
        assert np.allclose(person[:, 2], maps.reshape(17, -1).max(axis=1), atol=5e-3)


class Seer(torch.nn.Module):
    """Sees each point where the frame is brightest."""

    device = torch.device("cpu")

    def __init__(self) -> None:
        super().__init__()
        backbone = type("Backbone", (), {"image_size": (256, 192), "num_experts": 1})()
        self.config = type("Config", (), {"backbone_config": backbone})()

    def forward(self, pixel_values: torch.Tensor, dataset_index: Any) -> Any:
        assert dataset_index is None
        assert pixel_values.shape[1:] == (3, 256, 192)
        # A heatmap's corners are the frame's.
        grey = torch.nn.functional.interpolate(
            pixel_values.mean(dim=1, keepdim=True), (64, 48), mode="bilinear", align_corners=True
        )
        self.heatmaps = (grey - grey.amin((1, 2, 3), keepdim=True)).repeat(1, 17, 1, 1)
        return self


@given(
    st.tuples(st.integers(30, 250), st.integers(30, 150)),
    st.tuples(st.integers(40, 120), st.integers(40, 120)),
    st.tuples(st.floats(0.3, 0.7), st.floats(0.3, 0.7)),
)
def test_points_come_to_lie_where_they_are_in_the_picture(
    middle: tuple[int, int], size: tuple[int, int], place: tuple[float, float]
) -> None:
    left, top = middle[0] - size[0] / 2, middle[1] - size[1] / 2
    x, y = left + place[0] * size[0], top + place[1] * size[1]
    rows, columns = np.mgrid[:180, :280]
    spot = 255 * np.exp(-((columns - x) ** 2 + (rows - y) ** 2) / 50)
    picture = np.repeat(spot.astype(np.uint8)[..., None], 3, axis=2)
    points = PoseFinder(Seer()).points(picture, np.array([[left, top, *size]], np.float32))
    assert np.abs(points[0, :, :2] - (x, y)).max() < 1.5


def test_many_people_are_seen_a_few_at_a_time_and_nobody_is_no_error() -> None:
    finder, picture = PoseFinder(Seer()), noise(1, 64, 64)
    boxes = np.random.default_rng(0).uniform(5, 30, (19, 4)).astype(np.float32)
    together = finder.points(picture, boxes)
    alone = np.concatenate([finder.points(picture, box[None]) for box in boxes])
    assert np.allclose(together[..., :2], alone[..., :2], atol=1e-3)
    assert finder.points(picture, boxes[:0]).shape == (0, 17, 3)
