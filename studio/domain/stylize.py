"""Taking on the hand of other pictures: style transfer."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final

from studio.domain.checks import check_number, check_whole, set_choice
from studio.domain.errors import RequestError
from studio.domain.geometry import Size
from studio.domain.inpaint import MAX_FEATHER_PX
from studio.domain.picture_ref import PictureRef

MAX_STYLES: Final = 4
MAX_ITERATIONS: Final = 5000
MIN_SCALE: Final = 0.25
MAX_SCALE: Final = 4.0
MAX_WEIGHT: Final = 1000.0


class StyleMethod(StrEnum):
    """How a picture takes on a style. To have it repainted by a diffusion model is an inpainting
    of the whole picture, with the style as prompt."""

    INSTANT = "instant"
    OPTIMISED = "optimised"


class StyleColours(StrEnum):
    """Whose colours the result has: the style's, or the content's, which then either lie over the
    result's brightness or are what its own are matched to."""

    STYLE = "style"
    LUMINANCE = "luminance"
    HISTOGRAM = "histogram"


class StyleLoss(StrEnum):
    """By what the optimised method tells how far two styles are apart."""

    GRAM = "gram"
    WASSERSTEIN = "wasserstein"


@dataclass(frozen=True, slots=True)
class StyleSource:
    """A style: that of a picture, or one of the painted ones that a net knows by name.

    `weight` (above 0) is its share beside the other styles. `scale` is how large its brush strokes
    are: at 2 twice as large as in the picture.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    picture: PictureRef | None = None
    painted: str = ""
    weight: float = 1.0
    scale: float = 1.0

    def __post_init__(self) -> None:
        if not isinstance(self.painted, str):
            raise RequestError("The painted style must be named by text.")
        if self.picture is not None and not isinstance(self.picture, PictureRef):
            raise RequestError("The style picture isn't described as digest, width and height.")
        if (self.picture is None) == (not self.painted):
            raise RequestError("A style is either a picture or one of the painted styles.")
        object.__setattr__(
            self, "weight", check_number("weight of a style", self.weight, 0.001, MAX_WEIGHT)
        )
        object.__setattr__(
            self, "scale", check_number("scale of a style", self.scale, MIN_SCALE, MAX_SCALE)
        )


@dataclass(frozen=True, slots=True)
class LossWeights:
    """What counts how much in the optimised method, the style being 1: how near the result stays
    to the content, and how smooth it is (total variation)."""

    content: float = 0.05
    smoothness: float = 0.5

    def __post_init__(self) -> None:
        for name in ("content", "smoothness"):
            number = check_number(f"weight of {name}", getattr(self, name), 0.0, MAX_WEIGHT)
            object.__setattr__(self, name, number)


USUAL_WEIGHTS: Final = LossWeights()


@dataclass(frozen=True, slots=True)
class WeightChange:
    """New weights from after `iteration` on: the artist changed them while it ran. With styles for
    both sides of a mask the iterations of both count, those outside first."""

    iteration: int
    weights: LossWeights

    def __post_init__(self) -> None:
        check_whole("iteration", self.iteration, 0, 2 * MAX_ITERATIONS)
        if not isinstance(self.weights, LossWeights):
            raise RequestError("The changed weights can't be read.")


@dataclass(frozen=True, slots=True)
class Stylize:
    """What a request's start picture takes on.

    `styles` are one to four pictures, or painted styles. `strength` (0 to 1) is how much of them:
    at 0 the instant method paints the picture in its own style.

    With a `mask`, as large as the picture, only what is white in it takes on the style, grey in
    part; it fades out over `feather_px` further pixels. `outside` are styles for the other side of
    the mask; without them that stays as it is, byte for byte.

    The optimised method takes `iterations`, measures by `loss` and weighs by `weights`, from some
    iterations on by those of `changes`; the result is what was there after `stopped_at` of them, if
    the artist found that good enough.

    Raises:
        RequestError: a value is out of range; the sentence names it and the range.
    """

    styles: tuple[StyleSource, ...]
    method: StyleMethod = StyleMethod.INSTANT
    strength: float = 1.0
    colours: StyleColours = StyleColours.STYLE
    mask: PictureRef | None = None
    feather_px: int = 0
    outside: tuple[StyleSource, ...] = ()
    iterations: int = 300
    loss: StyleLoss = StyleLoss.WASSERSTEIN
    weights: LossWeights = USUAL_WEIGHTS
    changes: tuple[WeightChange, ...] = ()
    stopped_at: int | None = None

    def __post_init__(self) -> None:
        set_choice(self, "method", StyleMethod)
        set_choice(self, "colours", StyleColours)
        set_choice(self, "loss", StyleLoss)
        if not self.styles:
            raise RequestError("There is no style to take on.", "Name a picture or a painted one.")
        for styles in (self.styles, self.outside):
            _check_styles(styles, self.method)
        object.__setattr__(self, "strength", check_number("strength", self.strength, 0.0, 1.0))
        check_whole("feathering of the mask", self.feather_px, 0, MAX_FEATHER_PX)
        check_whole("number of iterations", self.iterations, 1, MAX_ITERATIONS)
        if self.stopped_at is not None:
            check_whole("last iteration", self.stopped_at, 1, 2 * MAX_ITERATIONS)
        if self.mask is not None and not isinstance(self.mask, PictureRef):
            raise RequestError("The mask isn't described as digest, width and height.")
        if self.outside and self.mask is None:
            raise RequestError("Styles for the other side of a mask need a mask.", "Draw one.")
        if not isinstance(self.weights, LossWeights):
            raise RequestError("The weights must be given for content and smoothness.")
        iterations = [change.iteration for change in self.changes]
        if iterations != sorted(set(iterations)):
            raise RequestError("The changed weights must be in the order of their iterations.")

    def check_picture(self, picture: Size) -> None:
        """Refuse a picture that the mask doesn't fit.

        Raises:
            RequestError: it doesn't; the sentence names the sizes.
        """
        if self.mask is not None and (size := self.mask.size) != picture:
            raise RequestError(
                f"The mask is {size} and the picture {picture}; both must be equally large."
            )

    def weights_at(self, iteration: int) -> LossWeights:
        """What counts in the step that follows `iteration`."""
        weights = self.weights
        for change in self.changes:
            if change.iteration <= iteration:
                weights = change.weights
        return weights

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> Stylize:
        """Read what `dataclasses.asdict` wrote. Unknown keys are passed over.

        Raises:
            RequestError: something is missing or impossible.
        """
        values = {field.name: record[field.name] for field in fields(cls) if field.name in record}
        try:
            for name in ("styles", "outside"):
                values[name] = tuple(map(_style, values.get(name, ())))
            if isinstance(values.get("mask"), Mapping):
                values["mask"] = PictureRef.from_record(values["mask"])
            if isinstance(values.get("weights"), Mapping):
                values["weights"] = LossWeights(**values["weights"])
            values["changes"] = tuple(
                WeightChange(change["iteration"], LossWeights(**change["weights"]))
                for change in values.get("changes", ())
            )
        except (KeyError, TypeError, AttributeError):
            raise RequestError("The styles or their weights can't be read.") from None
        return cls(**values)


def _style(record: Mapping[str, Any]) -> StyleSource:
    values = dict(record)
    if isinstance(values.get("picture"), Mapping):
        values["picture"] = PictureRef.from_record(values["picture"])
    return StyleSource(**values)


def _check_styles(styles: object, method: StyleMethod) -> None:
    if not isinstance(styles, tuple) or not all(isinstance(s, StyleSource) for s in styles):
        raise RequestError("The styles must be pictures or painted ones, with weight and scale.")
    if len(styles) > MAX_STYLES:
        raise RequestError(f"At most {MAX_STYLES} styles can be blended, not {len(styles)}.")
    painted = [bool(style.painted) for style in styles]
    if any(painted) and method is not StyleMethod.INSTANT:
        raise RequestError(
            "The painted styles are there for the instant method only.",
            "Choose a style picture, or that method.",
        )
    if any(painted) and not all(painted):
        raise RequestError(
            "Painted styles and style pictures can't be blended with each other.",
            "Blend styles of one kind.",
        )
