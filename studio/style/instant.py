"""The instant method: one pass of a network, for any style picture or for the painted styles.

Ghiasi et al. 2017 (arXiv:1705.06830) for style pictures, Dumoulin et al. 2016 (arXiv:1610.07629)
for the painted ones. The strokes of both networks are so many pixels large; their scale is set by
the size at which the content is painted.
"""

from __future__ import annotations

import math
from collections.abc import Generator, Sequence
from functools import cached_property, partial
from typing import Final

import numpy as np
import torch
from PIL import Image

from studio.domain.errors import RequestError
from studio.domain.events import Pixels
from studio.style.method import PaintedStyle, Progress, Style, StylePicture
from studio.style.nets.arbitrary import StylePrediction, StyleTransform
from studio.style.nets.crew import Crew
from studio.style.nets.loading import load_network
from studio.style.nets.multistyle import MultiStyle
from studio.style.nets.painting import Painting
from studio.style.nets.transform import TransformNetwork
from studio.style.painted import painted_weights
from studio.style.resizing import resized

PREVIEW_PX: Final = 384
"""The longer side of the preview that comes first."""
_MOST_PIXELS: Final = 4096 * 4096
_STYLE_PX: Final = 256  # the prediction network's shorter side, as it learnt
_LONGEST_STYLE_PX: Final = 1024
_STYLE_MULTIPLE: Final = 32


class Instant:
    """A `Method`. Its networks are loaded when they are first needed. Belongs to one thread.

    Args:
        device: where to compute.
    """

    def __init__(self, device: torch.device) -> None:
        self._device = device

    def paint(
        self, content: Pixels, styles: Sequence[Style], strength: float
    ) -> Generator[Progress, None, Pixels]:
        """See `Method.paint`. A small version is seen at once.

        Styles of one kind are blended by weight. Their scales are blended too, as the picture is
        painted at one size: their weighted geometric mean counts. Strength goes from the content's
        own style to the blend; for painted styles, from the content itself.
        """
        network, parameters = self._style(content, styles, strength)
        height, width = _working_size(content, _mean_scale(styles))
        shrinking = PREVIEW_PX / max(height, width)
        small = max(1, round(height * shrinking)), max(1, round(width * shrinking))
        begun = 0.0
        if shrinking < 1:
            painting = Painting(network, resized(content, *small), parameters)
            for _ in painting:
                pass
            begun = shrinking**2
            yield Progress(begun, _mixed(content, painting.result, styles, strength))
        painting = Painting(network, resized(content, height, width), parameters)
        for done in painting:
            yield Progress(begun + (1 - begun) * done)
        result = resized(painting.result, *content.shape[:2])
        return _mixed(content, result, styles, strength)

    def _style(
        self, content: Pixels, styles: Sequence[Style], strength: float
    ) -> tuple[TransformNetwork, torch.Tensor]:
        """A network and what it is to paint with."""
        painted = [style for style in styles if isinstance(style, PaintedStyle)]
        pictures = [style for style in styles if isinstance(style, StylePicture)]
        if bool(painted) == bool(pictures):
            raise RequestError("Choose style pictures or painted styles, not both.")
        with torch.inference_mode():
            if painted:
                weights = painted_weights(painted).to(self._device)
                return self._multistyle, self._multistyle.parameters_of(weights)
            weights = torch.tensor([style.weight for style in pictures], device=self._device)
            seen = [style.pixels for style in pictures] + ([content] if strength < 1 else [])
            predict = partial(_style_vector, self._prediction, device=self._device)
            with Crew(self._device) as crew:
                vectors = list(crew.map(predict, seen))
            vector = weights / weights.sum() @ torch.stack(vectors[: len(pictures)])
            if strength < 1:
                vector = torch.lerp(vectors[-1], vector, strength)
            return self._transform, self._transform.parameters_of(vector)

    @cached_property
    def _prediction(self) -> StylePrediction:
        return load_network(StylePrediction(), "style-prediction", self._device)

    @cached_property
    def _transform(self) -> StyleTransform:
        return load_network(StyleTransform(), "style-transform", self._device)

    @cached_property
    def _multistyle(self) -> MultiStyle:
        return load_network(MultiStyle(), "multistyle", self._device)


def _style_vector(
    prediction: StylePrediction, pixels: Pixels, device: torch.device
) -> torch.Tensor:
    """(100,) of a whole picture, its shorter side made as large as the network expects."""
    factor = _STYLE_PX / min(pixels.shape[:2])
    height, width = (
        min(_LONGEST_STYLE_PX, round(side * factor / _STYLE_MULTIPLE) * _STYLE_MULTIPLE)
        for side in pixels.shape[:2]
    )
    values = torch.tensor(resized(pixels, height, width), device=device)
    vector: torch.Tensor = prediction(values.permute(2, 0, 1)[None] / 255)[0]
    return vector


def _mean_scale(styles: Sequence[Style]) -> float:
    total = sum(style.weight for style in styles)
    return math.exp(sum(style.weight * math.log(style.scale) for style in styles) / total)


def _working_size(content: Pixels, scale: float) -> tuple[int, int]:
    """(height, width): the larger the strokes are to be, the smaller the picture."""
    height, width = content.shape[:2]
    most = max(1.0, math.sqrt(_MOST_PIXELS / (height * width)))
    factor = min(1 / scale, most)
    return max(1, round(height * factor)), max(1, round(width * factor))


def _mixed(content: Pixels, result: Pixels, styles: Sequence[Style], strength: float) -> Pixels:
    """Painted styles know no way to the content but through the pixels."""
    if strength == 1 or isinstance(styles[0], StylePicture):
        return result
    below = Image.fromarray(resized(content, *result.shape[:2]))
    return np.asarray(Image.blend(below, Image.fromarray(result), strength))
