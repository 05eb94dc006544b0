"""Where in a picture people are."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from transformers.models.rt_detr.image_processing_pil_rt_detr import RTDetrImageProcessorPil

from studio.domain.addons import AddonInfo
from studio.domain.events import Pixels
from studio.engine.annotators.loading import load_annotator, load_processor
from studio.engine.devices import Device

Boxes = NDArray[np.float32]
"""(people, 4): left, top, width and height in pixels."""

MAX_PEOPLE: Final = 24
_CERTAIN: Final = 0.5
_PERSON: Final = "person"


class PeopleFinder:
    """RT-DETR (Zhao et al. 2024, “DETRs Beat YOLOs on Real-time Object Detection”)."""

    def __init__(self, network: Any, processor: Any) -> None:
        self._network = network
        self._processor = processor
        names = network.config.id2label
        self._person = next(number for number, name in names.items() if name.lower() == _PERSON)

    @torch.inference_mode()
    def boxes(self, pixels: Pixels) -> Boxes:
        """Around each person in uint8 (H, W, 3), at most 24, the most certain first."""
        seen = self._processor(pixels, return_tensors="pt")["pixel_values"]
        answer = self._network(seen.to(self._network.device))
        (found,) = self._processor.post_process_object_detection(
            answer, _CERTAIN, target_sizes=[pixels.shape[:2]]
        )
        people = found["boxes"][found["labels"] == self._person][:MAX_PEOPLE].cpu().numpy()
        boxes: Boxes = np.concatenate([people[:, :2], people[:, 2:] - people[:, :2]], axis=1)
        return boxes


def load_people_finder(info: AddonInfo, device: Device) -> PeopleFinder:
    """The network of an annotator whose variant is "people".

    Raises:
        ModelNotFound, ModelRefused: see `load_annotator`.
    """
    network = load_annotator(info, device)
    return PeopleFinder(network, load_processor(info, RTDetrImageProcessorPil))
