"""Networks that find something in a picture: its depth, people and how they stand, the thing at a
point.

In transformers' layout a config.json says what they are by its `model_type`, and the tensors
whether that is true; Depth Anything is also known in one file, by its makers' names of tensors.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from studio.catalog.kinds.finding import Finding, Weights
from studio.domain.addons import AddonKind
from studio.domain.errors import ModelRefused

_COCO_POINTS: Final = 17
_PERSON: Final = "person"
# The giant one has other layers within.
_DEPTH_ANYTHING: Final = (
    "pretrained.blocks.0.mlp.fc1.weight",
    "depth_head.scratch.refinenet4.out_conv.weight",
    "depth_head.scratch.output_conv2.2.weight",
)


@dataclass(frozen=True, slots=True)
class _Sign:
    """What a `model_type` is, if its tensors' names begin so."""

    kind: AddonKind
    variant: str
    tensors: tuple[str, ...]


_SIGNS: Final[Mapping[str, _Sign]] = {
    "depth_anything": _Sign(AddonKind.ANNOTATOR, "depth", ("head.conv3.",)),
    "dpt": _Sign(AddonKind.ANNOTATOR, "depth", ("head.head.4.",)),
    "zoedepth": _Sign(AddonKind.ANNOTATOR, "depth", ("metric_head.",)),
    "vitpose": _Sign(AddonKind.ANNOTATOR, "pose", ("head.conv.",)),
    "rt_detr": _Sign(AddonKind.ANNOTATOR, "people", ("model.enc_score_head.",)),
    "sam": _Sign(AddonKind.SEGMENTER, "sam", ("mask_decoder.iou_token.",)),
    "sam2": _Sign(AddonKind.SEGMENTER, "sam2", ("mask_decoder.iou_token.",)),
    "sam2_video": _Sign(AddonKind.SEGMENTER, "sam2", ("mask_decoder.iou_token.",)),
}


def find_annotator(config: Mapping[str, Any], weights: Weights) -> Finding | None:
    """An annotator or a segmenter, by its config.json and the tensors beside it.

    Raises:
        ModelRefused: it is one for another use than the studio's.
    """
    model_type = config.get("model_type")
    sign = _SIGNS.get(model_type) if isinstance(model_type, str) else None
    if sign is None or not weights.starts(*sign.tensors):
        return None
    if config.get("backbone") and not config.get("backbone_config"):
        # Transformers would ask the hub what that is.
        raise ModelRefused(
            "Its config.json names a part that lies elsewhere on the net.",
            "Choose one whose config.json describes all of it.",
        )
    if sign.variant == "pose" and len(_names(config)) != _COCO_POINTS:
        raise ModelRefused(
            "It finds other points of the body than the 17 of COCO.",
            "Choose a ViTPose that was trained on COCO.",
        )
    if sign.variant == "people" and _PERSON not in _names(config):
        raise ModelRefused(
            "It finds things, but no people.", "Choose an RT-DETR that was trained on COCO."
        )
    return Finding(sign.kind, variant=sign.variant)


def find_depth_anything(weights: Weights) -> Finding | None:
    """Depth Anything in a file of its own."""
    if weights.has(*_DEPTH_ANYTHING):
        return Finding(AddonKind.ANNOTATOR, variant="depth")
    return None


def _names(config: Mapping[str, Any]) -> list[str]:
    names = config.get("id2label")
    return [str(name).lower() for name in names.values()] if isinstance(names, dict) else []
