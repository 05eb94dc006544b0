"""People in a picture: where the network sees them, the most certain first."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from PIL import Image
from transformers import RTDetrForObjectDetection
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

from studio.engine.annotators.people import MAX_PEOPLE, PeopleFinder, load_people_finder
from tests.engine.test_runner import CPU
from tests.support.samples import noise
from tests.support.tiny_annotators import PROCESSORS, THINGS, write_annotator

PICTURE = noise(1, 100, 70)
PERSON = 0


def test_they_are_the_networks_own_answer(tmp_path: Path) -> None:
    info = write_annotator(tmp_path / "net", "rt_detr")
    boxes = load_people_finder(info, CPU).boxes(PICTURE)
    network = RTDetrForObjectDetection.from_pretrained(info.path, local_files_only=True).eval()
    small = Image.fromarray(PICTURE).resize((64, 64), Image.Resampling.BILINEAR)
    seen = torch.from_numpy(np.asarray(small, np.float32).transpose(2, 0, 1)[None] / 255)
    with torch.inference_mode():
        answer = network(seen)
    certainty = answer.logits[0, :, PERSON].sigmoid()
    order = certainty.argsort(descending=True)
    centres_x, centres_y, widths, heights = answer.pred_boxes[0][order].numpy().T
    lefts, tops = 100 * (centres_x - widths / 2), 70 * (centres_y - heights / 2)
    wanted = np.stack([lefts, tops, 100 * widths, 70 * heights], axis=1)
    assert len(boxes) == (certainty > 0.5).sum() > 0
    assert np.allclose(boxes, wanted[: len(boxes)], atol=1e-3)


class Crowd(torch.nn.Module):
    """Sees as many things at given places, whatever it is shown."""

    device = torch.device("cpu")

    def __init__(self, logits: torch.Tensor, boxes: torch.Tensor) -> None:
        super().__init__()
        self.config = type("Config", (), {"id2label": THINGS})()
        self.logits, self.pred_boxes = logits[None], boxes[None]

    def forward(self, pixel_values: torch.Tensor) -> Any:
        return self


def found(logits: list[list[float]], boxes: list[list[float]]) -> np.ndarray:
    processor = RTDetrImageProcessorPil.from_dict(PROCESSORS["rt_detr"])
    network = Crowd(torch.tensor(logits), torch.tensor(boxes))
    return PeopleFinder(network, processor).boxes(PICTURE)


def test_the_most_certain_is_first_and_other_things_are_left_out() -> None:
    logits = [[1.0, -9, -9], [-9, 5, -9], [3, -9, -9], [-0.1, -9, -9]]
    boxes = [[0.5, 0.5, 0.2, 0.4], [0.5, 0.5, 1, 1], [0.25, 0.5, 0.5, 1], [0.5, 0.5, 1, 1]]
    assert np.allclose(found(logits, boxes), [[0, 0, 50, 70], [40, 21, 20, 28]], atol=1e-4)


def test_nobody_is_no_error() -> None:
    assert found([[-1.0, 5, -1]], [[0.5, 0.5, 1, 1]]).shape == (0, 4)


def test_of_a_crowd_so_many_are_seen() -> None:
    boxes = [[0.5, 0.5, 0.1, 0.1]] * (MAX_PEOPLE + 9)
    assert len(found([[2.0, -9, -9]] * len(boxes), boxes)) == MAX_PEOPLE
