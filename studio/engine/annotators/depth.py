"""How far away everything in a picture is, as the grey that depth controls were trained on."""

from __future__ import annotations

from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray
from torch.nn.functional import interpolate
from transformers.models.dpt.image_processing_pil_dpt import DPTImageProcessorPil
from transformers.models.zoedepth.image_processing_pil_zoedepth import ZoeDepthImageProcessorPil

from studio.domain.addons import AddonInfo
from studio.domain.events import Pixels
from studio.engine.annotators.loading import load_annotator, load_processor, model_type
from studio.engine.devices import Device

# Of distances the nearest and farthest few don't count: sky and specks would flatten all between.
_NEAR_PERCENT: Final = 2
_FAR_PERCENT: Final = 85
_ROUNDING: Final = 1e-5

Floats = NDArray[np.float32]


class DepthFinder:
    """Depth Anything, DPT (MiDaS) or ZoeDepth.

    `pads` is whether the picture is surrounded by its mirror image, as ZoeDepth's are; what is
    found there is cut off again. `is_distance`: the network tells metres, not nearness.
    """

    def __init__(self, network: Any, processor: Any, *, pads: bool, is_distance: bool) -> None:
        self._network = network
        self._processor = processor
        self._pads = pads
        self._is_distance = is_distance

    @torch.inference_mode()
    def depth_map(self, pixels: Pixels) -> Pixels:
        """The nearest white and the farthest black: uint8 (H, W, 3) to the same."""
        seen = self._processor(pixels, return_tensors="pt")["pixel_values"]
        found = self._network(seen.to(self._network.device)).predicted_depth
        depth = self._as_large(found, *pixels.shape[:2]).cpu().numpy()
        near = _nearness(depth) if self._is_distance else _stretched(depth)
        grey = (near * 255).astype(np.uint8)
        return np.repeat(grey[..., None], 3, axis=2)

    def _as_large(self, found: torch.Tensor, height: int, width: int) -> torch.Tensor:
        """(1, h, w) as (height, width), without what was padded."""
        down, across = (_padding(height), _padding(width)) if self._pads else (0, 0)
        size = height + 2 * down, width + 2 * across
        large = interpolate(found[None], size, mode="bicubic", align_corners=False)[0, 0]
        return large[down : down + height, across : across + width]


def load_depth_finder(info: AddonInfo, device: Device) -> DepthFinder:
    """The network of an annotator whose variant is "depth".

    Raises:
        ModelNotFound, ModelRefused: see `load_annotator`.
    """
    network = load_annotator(info, device)
    is_zoe = model_type(info) == "zoedepth"
    processor = load_processor(info, ZoeDepthImageProcessorPil if is_zoe else DPTImageProcessorPil)
    return DepthFinder(
        network,
        processor,
        pads=is_zoe and bool(processor.do_pad),
        is_distance=is_zoe or getattr(network.config, "depth_estimation_type", "") == "metric",
    )


def _padding(side: int) -> int:
    """How much ZoeDepth's processor puts on either side (Bhat et al. 2023, their code)."""
    return int(np.sqrt(side / 2) * 3)


def _stretched(depth: Floats) -> Floats:
    """From 0 to 1, whatever it was; 0 if all is equally near."""
    low, high = depth.min(), depth.max()
    stretched: Floats = (depth - low) / _range(low, high)
    return stretched


def _nearness(distance: Floats) -> Floats:
    """1 for what is nearest, as ControlNet 1.1's preprocessor makes it of distances."""
    near, far = np.percentile(distance, (_NEAR_PERCENT, _FAR_PERCENT))
    nearness: Floats = np.clip((far - distance) / _range(near, far), 0, 1)
    return nearness


def _range(low: float, high: float) -> float:
    """How far two are apart; endlessly, if only rounding parts them."""
    return high - low if high - low > _ROUNDING * abs(high) else np.inf
