"""The optimised method: gradient descent on the picture's pixels.

Gatys et al. 2016, “Image Style Transfer Using Convolutional Neural Networks”, with what Crowson's
style-transfer-pytorch (2021) added: from coarse to fine, Adam that goes on across the sizes, the
average of the iterates as result, L2 total variation, the Wasserstein-2 style loss.
"""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass

import torch

from studio.domain import stylize
from studio.domain.errors import RequestError
from studio.domain.events import Pixels
from studio.domain.stylize import USUAL_WEIGHTS, LossWeights
from studio.style.features import FeatureExtractor
from studio.style.method import Progress, Style, StylePicture
from studio.style.objective import Losses
from studio.style.optimisation import Optimisation
from studio.style.resizing import resized


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class OptimisedProgress(Progress):
    """After an iteration: `iteration` (1 is the first) of `total_iterations`, and the losses before
    it."""

    iteration: int
    total_iterations: int
    losses: Losses


class Optimised:
    """A `Method`. One job at a time.

    `weights` and `iterations` may be replaced, and `enough` set to True, at any time from any
    thread; they are read between two iterations. `enough` ends the job: its result is the picture
    so far.

    Args:
        extractor: what it sees with, on `device`; its `title` is for people.
        device: where to compute.
        loss: how two styles are compared.
        weights: of content and smoothness, the style's being 1.
        iterations: how many, over all sizes of the picture.
        seed: of the little noise it starts with.
        previews: whether progress shows the picture.
    """

    def __init__(
        self,
        extractor: FeatureExtractor,
        device: torch.device,
        *,
        loss: stylize.StyleLoss = stylize.StyleLoss.WASSERSTEIN,
        weights: LossWeights = USUAL_WEIGHTS,
        iterations: int = 300,
        seed: int = 0,
        previews: bool = True,
    ) -> None:
        self.weights = weights
        self.iterations = iterations
        self.enough = False
        self._extractor = extractor
        self._device = device
        self._loss = loss
        self._seed = seed
        self._previews = previews

    def paint(
        self, content: Pixels, styles: Sequence[Style], strength: float
    ) -> Generator[OptimisedProgress, None, Pixels]:
        """See `Method.paint`. Progress comes after every iteration.

        Strength goes from the content's own style to the blend of the styles.
        """
        pictures = [style for style in styles if isinstance(style, StylePicture)]
        if len(pictures) < len(styles) or not pictures:
            raise RequestError(
                "The painted styles are there for the instant method only.",
                "Choose a style picture, or that method.",
            )
        optimisation = Optimisation(
            content,
            pictures,
            self._extractor,
            strength=strength,
            loss=self._loss,
            weights=self.weights,
            iterations=self.iterations,
            seed=self._seed,
            device=self._device,
        )
        for iteration in optimisation.run():
            yield OptimisedProgress(
                min(1.0, iteration.number / iteration.total),
                optimisation.picture() if self._previews else None,
                iteration=iteration.number,
                total_iterations=iteration.total,
                losses=iteration.losses,
            )
            if self.enough:
                break
            optimisation.weights, optimisation.iterations = self.weights, self.iterations
        return resized(optimisation.picture(), *content.shape[:2])
