"""Grade answers: for each part of the exam, what is right about pictures whose truth is known."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
import torch
from PIL import Image
from torch import Tensor

from studio.training.autoencoder import to_tensor
from studio.training.concepts import Concept
from studio.training.evaluation.classifier import PICTURE_PX, Classifier, kinds_of
from studio.training.evaluation.measures import (
    count_things,
    dominant_colour,
    foreground,
    nearest_backdrop,
)
from studio.training.evaluation.questions import WORDINGS, Question
from studio.training.scenes import COLOURS, GROUNDS, Ground, Placed, gradient

Marks = dict[str, np.ndarray]
"""For each thing that is asked of a picture, (N,) bool: is it right?"""

PLAIN_AND_PAINTED: tuple[str | Ground, ...] = (*COLOURS, *GROUNDS)
GRADIENTS = tuple(gradient(top, low) for top in COLOURS for low in COLOURS if top != low)
MARGIN = 1.06  # of a thing's size: what is cut out around it
CHUNK = 128


class Examiner:
    """Grades pictures: things and hands with the classifier, the rest with plain measures."""

    def __init__(self, classifier: Classifier, concepts: Sequence[Concept]) -> None:
        self.classifier = classifier
        self.kind_of = kinds_of(concepts)

    def grade(self, part: str, pictures: np.ndarray, questions: Sequence[Question]) -> Marks:
        """The marks of pictures (N, H, W, 3) uint8 as answers to the part's questions."""
        if part in ("naming", "other words"):
            return self._named(pictures, questions)
        if part == "colour":
            return {"colour": _colour_is_right(pictures, questions)}
        if part in ("background", "ground", "gradient"):
            return {"backdrop": _backdrop_is_right(pictures, questions)}
        if part == "count":
            found = count_things(foreground(pictures, "white"))
            return {"number": found == [len(q.scene.things) for q in questions]}
        if part == "hand":
            _, hands, _ = self.look(pictures)
            asked = torch.tensor([self._hand(q.scene.things[0]) for q in questions])
            return {"hand": (hands.argmax(1) == asked).numpy()}
        if part in ("beside", "above"):
            return self._both_named(pictures, questions)
        if part in WORDINGS:
            thing = self._named(pictures, questions)["top-1"]
            colour = _colour_is_right(pictures, questions)
            return {"top-1": thing, "colour": colour, "both": thing & colour}
        if part == "never joined":
            return self._all_at_once(pictures, questions)
        raise KeyError(part)

    @torch.inference_mode()
    def look(self, pictures: np.ndarray) -> tuple[Tensor, Tensor, Tensor]:
        """Log-probabilities of kinds (N, K) and of hands (N, H), and features (N, F)."""
        fitted = np.stack([_fit(picture) for picture in pictures])
        seen = [self.classifier(chunk) for chunk in torch.split(to_tensor(fitted), CHUNK)]
        known, features = (torch.cat(parts) for parts in zip(*seen, strict=True))
        return known.logsumexp(2), known.logsumexp(1), features

    def _named(self, pictures: np.ndarray, questions: Sequence[Question]) -> Marks:
        things = [question.scene.things[0] for question in questions]
        ranks = self._ranks(pictures, things)
        return {"top-1": ranks < 1, "top-5": ranks < 5}

    def _both_named(self, pictures: np.ndarray, questions: Sequence[Question]) -> Marks:
        pairs = [question.scene.things for question in questions]
        right = []
        for which in (0, 1):
            things = [pair[which] for pair in pairs]
            cut = [_cut(picture, thing) for picture, thing in zip(pictures, things, strict=True)]
            right.append(self._ranks(np.stack(cut), things) < 5)
        return {"first": right[0], "second": right[1], "both": right[0] & right[1]}

    def _all_at_once(self, pictures: np.ndarray, questions: Sequence[Question]) -> Marks:
        thing = self._named(pictures, questions)["top-5"]
        colour = _colour_is_right(pictures, questions)
        backdrop = _backdrop_is_right(pictures, questions)
        together = thing & colour & backdrop
        return {"top-5": thing, "colour": colour, "backdrop": backdrop, "all": together}

    def _ranks(self, pictures: np.ndarray, things: Sequence[Placed]) -> np.ndarray:
        """(N,) how many kinds the classifier finds likelier than the true one."""
        kinds, _, _ = self.look(pictures)
        asked = [self.classifier.kinds.index(self.kind_of[thing.name]) for thing in things]
        true = kinds.gather(1, torch.tensor(asked)[:, None])
        ranks: np.ndarray = (kinds > true).sum(1).numpy()
        return ranks

    def _hand(self, thing: Placed) -> int:
        return self.classifier.hands.index(thing.hand)


def _colour_is_right(pictures: np.ndarray, questions: Sequence[Question]) -> np.ndarray:
    inside = [
        foreground(picture[None], question.scene.backdrop)[0]
        for picture, question in zip(pictures, questions, strict=True)
    ]
    seen = dominant_colour(pictures, np.stack(inside))
    pairs = zip(seen, questions, strict=True)
    return np.array([colour == question.scene.things[0].tint for colour, question in pairs])


def _backdrop_is_right(pictures: np.ndarray, questions: Sequence[Question]) -> np.ndarray:
    """Nearest of all plain and painted backdrops; a gradient, of all gradients."""
    asked = [question.scene.backdrop for question in questions]
    gradients = asked[0] in GRADIENTS
    seen = nearest_backdrop(pictures, GRADIENTS if gradients else PLAIN_AND_PAINTED)
    return np.array([one == other for one, other in zip(seen, asked, strict=True)])


def _cut(picture: np.ndarray, thing: Placed) -> np.ndarray:
    """(64, 64, 3): the part of a picture (H, W, 3) where the thing should be, enlarged."""
    height, width = picture.shape[:2]
    reach = thing.size * MARGIN / 2
    x, y = thing.centre_xy
    box = [max(0.0, x - reach), max(0.0, y - reach), min(1.0, x + reach), min(1.0, y + reach)]
    size = (PICTURE_PX, PICTURE_PX)
    pixels = (box[0] * width, box[1] * height, box[2] * width, box[3] * height)
    cut = Image.fromarray(picture).resize(size, Image.Resampling.BICUBIC, box=pixels)
    return np.asarray(cut)


def _fit(picture: np.ndarray) -> np.ndarray:
    """The picture in the classifier's size."""
    size = (PICTURE_PX, PICTURE_PX)
    return np.asarray(Image.fromarray(picture).resize(size, Image.Resampling.BOX))
