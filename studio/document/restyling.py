"""Requests for a picture in another style, from what an artist wants."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final

from studio.document.inpainting import InpaintWishes, inpainting
from studio.document.masks import Mask
from studio.domain.control import Control, Preprocessor, Reference, ReferenceKind
from studio.domain.errors import RequestError
from studio.domain.inpaint import Intent
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.stylize import (
    USUAL_WEIGHTS,
    LossWeights,
    StyleColours,
    StyleLoss,
    StyleMethod,
    StyleSource,
    Stylize,
)

# Of a style picture in the attention that decides about style (Wang et al. 2024, “InstantStyle”).
USUAL_SEEN: Final = 1.0
USUAL_KEPT: Final = 0.7


class RestyleMethod(StrEnum):
    """How a picture takes on a style: by a net at once, by optimising it step by step, or painted
    anew by the diffusion model with the style as its prompt or before its eyes."""

    INSTANT = "instant"
    OPTIMISED = "optimised"
    DIFFUSION = "diffusion"


@dataclass(frozen=True, slots=True)
class RestyleWishes:
    """How to take on a style. `strength` is that of the instant method, and with diffusion the
    denoising strength; `iterations`, `loss` and `weights` are for the optimised one. The others are
    as in Stylize."""

    method: RestyleMethod = RestyleMethod.INSTANT
    strength: float = 1.0
    colours: StyleColours = StyleColours.STYLE
    feather_px: int = 0
    iterations: int = 300
    loss: StyleLoss = StyleLoss.WASSERSTEIN
    weights: LossWeights = USUAL_WEIGHTS


@dataclass(frozen=True, slots=True)
class StyleGuides:
    """What a diffusion model looks at while it repaints a picture.

    `adapter` names the IP-Adapter through which it sees the style pictures, with `seen` (0 to 1) of
    them. `structure` names the ControlNet or T2I-adapter that keeps the picture's structure, and
    `preprocessor` makes of the picture what that looks at; `kept` (0 to 1) is how much it counts.
    An empty name or a 0 is none.
    """

    adapter: str = ""
    seen: float = USUAL_SEEN
    structure: str = ""
    preprocessor: Preprocessor = Preprocessor.NONE
    kept: float = USUAL_KEPT

    def references(self, styles: Sequence[StyleSource]) -> tuple[Reference, ...]:
        """The style pictures as the model sees them, each with its share.

        Raises:
            RequestError: a painted style is among them, or a value is out of range.
        """
        if not self.adapter or not self.seen:
            return ()
        whole = sum(style.weight for style in styles)
        references = []
        for style in styles:
            if style.picture is None:
                raise RequestError(
                    "The painted styles are there for the instant method only.",
                    "Choose a style picture.",
                )
            strength = self.seen * style.weight / whole
            reference = Reference(self.adapter, style.picture, strength, ReferenceKind.STYLE)
            references.append(reference)
        return tuple(references)

    def controls(self, picture: PictureRef) -> tuple[Control, ...]:
        """What keeps the structure of `picture`.

        Raises:
            RequestError: a value is out of range.
        """
        if not self.structure or not self.kept:
            return ()
        return (Control(self.structure, picture, self.preprocessor, self.kept),)


NO_GUIDES: Final = StyleGuides()


def restyling(
    picture: PictureRef,
    styles: tuple[StyleSource, ...],
    wishes: RestyleWishes,
    mask: PictureRef | None = None,
    outside: tuple[StyleSource, ...] = (),
) -> Request:
    """To have `picture` take on `styles`, under `mask` only, and `outside` it others.

    Raises:
        RequestError: a value is out of range, or the styles don't fit the method.
    """
    stylize = Stylize(
        styles,
        method=StyleMethod(wishes.method),
        strength=wishes.strength,
        colours=wishes.colours,
        mask=mask,
        feather_px=wishes.feather_px,
        outside=outside,
        iterations=wishes.iterations,
        loss=wishes.loss,
        weights=wishes.weights,
    )
    return Request(
        prompt="",
        seed=0,
        model="",
        width=picture.width,
        height=picture.height,
        num_inference_steps=0,
        init_image=picture,
        stylize=stylize,
    )


def repainting(
    request: Request,
    model: ModelInfo,
    picture: PictureRef,
    mask: Mask,
    mask_ref: PictureRef,
    wishes: RestyleWishes,
    styles: Sequence[StyleSource] = (),
    guides: StyleGuides = NO_GUIDES,
) -> Request:
    """`request`, whose prompt may say the style, with everything set that having `model` repaint
    `picture` under `mask` (white: all of it) needs. By its `guides`, and no others, it sees
    `styles` and keeps to the picture.

    Raises:
        RequestError: the mask is black or of another size, a style is a painted one, or a value is
            out of range.
    """
    painting = InpaintWishes(
        Intent.VARY, strength=max(wishes.strength, 0.01), feather_px=wishes.feather_px, whole=True
    )
    return replace(
        inpainting(request, model, picture, mask, mask_ref, painting),
        references=guides.references(styles),
        controls=guides.controls(picture),
    )
