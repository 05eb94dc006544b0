"""How people stand: 17 points of each."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from studio.document.control_maps.skeleton import COCO_POINTS, Points
from studio.domain.addons import AddonInfo
from studio.domain.events import Pixels
from studio.engine.annotators.heatmaps import peaks
from studio.engine.annotators.loading import load_annotator
from studio.engine.annotators.people import Boxes
from studio.engine.devices import Device

Floats = NDArray[np.float32]
Doubles = NDArray[np.float64]

# ImageNet's mean and deviation, by which all ViTPoses see.
_MEAN: Final = np.array([0.485, 0.456, 0.406], np.float32)
_DEVIATION: Final = np.array([0.229, 0.224, 0.225], np.float32)
# A person is seen with a little of what is around.
_MARGIN: Final = 1.25
_AT_ONCE: Final = 8


class PoseFinder:
    """ViTPose (Xu et al. 2022, “ViTPose: Simple Vision Transformer Baselines for Human Pose
    Estimation”). Each person is seen alone, in a frame of the network's own format."""

    def __init__(self, network: Any) -> None:
        self._network = network
        backbone = network.config.backbone_config
        self._height, self._width = backbone.image_size
        self._has_experts = getattr(backbone, "num_experts", 1) > 1

    def points(self, pixels: Pixels, boxes: Boxes) -> Points:
        """COCO's 17 points of the person in each box of uint8 (H, W, 3): (people, 17, 3), in pixels
        and how certain."""
        some = [boxes[start : start + _AT_ONCE] for start in range(0, len(boxes), _AT_ONCE)]
        nobody = np.zeros((0, COCO_POINTS, 3), np.float32)
        return np.concatenate([nobody, *(self._some(pixels, each) for each in some)])

    @torch.inference_mode()
    def _some(self, pixels: Pixels, boxes: Boxes) -> Points:
        frames = [self._frame(box) for box in boxes]
        seen = torch.from_numpy(np.stack([self._seen(pixels, frame) for frame in frames]))
        experts = torch.zeros(len(frames), dtype=torch.long) if self._has_experts else None
        device = self._network.device
        answer = self._network(
            seen.to(device), dataset_index=None if experts is None else experts.to(device)
        )
        at, certainty = peaks(answer.heatmaps.float().cpu().numpy())
        height, width = answer.heatmaps.shape[-2:]
        for number, (left, top, wide, high) in enumerate(frames):
            at[number] *= wide / (width - 1), high / (height - 1)
            at[number] += left, top
        return np.concatenate([at, certainty[..., None]], axis=2)

    def _frame(self, box: Floats) -> tuple[float, float, float, float]:
        """Left, top, width and height of what is seen of the person in a box: all of it, in the
        network's format."""
        left, top, width, height = box.tolist()
        middle_x, middle_y = left + width / 2, top + height / 2
        shape = self._width / self._height
        width, height = max(width, height * shape), max(height, width / shape)
        width, height = width * _MARGIN, height * _MARGIN
        return middle_x - width / 2, middle_y - height / 2, width, height

    def _seen(self, pixels: Pixels, frame: tuple[float, float, float, float]) -> Floats:
        """(3, height, width) of a frame, its corners in the middles of the corners' pixels."""
        left, top, wide, high = frame
        columns = np.linspace(left, left + wide, self._width)
        rows = np.linspace(top, top + high, self._height)
        part = np.floor(_sampled(pixels, rows, columns) + 0.5)
        normal = (part / 255 - _MEAN) / _DEVIATION
        return np.ascontiguousarray(normal.transpose(2, 0, 1), np.float32)


def load_pose_finder(info: AddonInfo, device: Device) -> PoseFinder:
    """The network of an annotator whose variant is "pose".

    Raises:
        ModelNotFound, ModelRefused: see `load_annotator`.
    """
    return PoseFinder(load_annotator(info, device))


def _sampled(pixels: Pixels, rows: Doubles, columns: Doubles) -> Doubles:
    """A picture (H, W, 3) at each of these rows and columns, between its pixels linearly; black
    beyond them."""
    sampled = pixels.astype(np.float64)
    for axis, places in enumerate((rows, columns)):
        last = sampled.shape[axis] - 1
        before = np.clip(np.floor(places), 0, max(0, last - 1)).astype(int)
        share = np.expand_dims(places - before, [each for each in range(3) if each != axis])
        first, second = (sampled.take(np.minimum(before + n, last), axis) for n in (0, 1))
        is_inside = (share >= 0) & (share <= 1)
        sampled = np.where(is_inside, first * (1 - share) + second * share, 0)
    return sampled
