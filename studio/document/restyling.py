"""Requests for a picture in another style, from what an artist wants."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from studio.document.inpainting import InpaintWishes, inpainting
from studio.document.masks import Mask
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


class RestyleMethod(StrEnum):
    """How a picture takes on a style: by a net at once, by optimising it step by step, or painted
    anew by the diffusion model with the style as its prompt."""

    INSTANT = "instant"
    OPTIMISED = "optimised"
    DIFFUSION = "diffusion"


@dataclass(frozen=True, slots=True)
class RestyleWishes:
    """How to take on a style. `strength` is that of the instant method, and with diffusion the
    denoising strength; the last three are for the optimised one. The others are as in Stylize."""

    method: RestyleMethod = RestyleMethod.INSTANT
    strength: float = 1.0
    colours: StyleColours = StyleColours.STYLE
    feather_px: int = 0
    iterations: int = 300
    loss: StyleLoss = StyleLoss.WASSERSTEIN
    weights: LossWeights = USUAL_WEIGHTS


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
) -> Request:
    """`request`, whose prompt says the style, with everything set that having `model` repaint
    `picture` under `mask` (white: all of it) needs.

    Raises:
        RequestError: the mask is black or of another size, or a value is out of range.
    """
    painting = InpaintWishes(
        Intent.VARY, strength=max(wishes.strength, 0.01), feather_px=wishes.feather_px, whole=True
    )
    return inpainting(request, model, picture, mask, mask_ref, painting)
