"""Requests to paint a part of a picture anew, or more of it, from what an artist wants."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

import numpy as np

from studio.document.inpaint_box import (
    WorkingArea,
    inset,
    whole_area,
    whole_picture,
    working_area,
    working_areas,
)
from studio.document.masks import Mask, bounds
from studio.document.outpaint_boxes import outpainting_area
from studio.domain.checks import check_whole
from studio.domain.errors import RequestError
from studio.domain.geometry import Box, Size
from studio.domain.inpaint import MAX_FEATHER_PX, MAX_GROW_PX, Extents, Fill, Inpaint, Intent
from studio.domain.intents import INTENTS
from studio.domain.model import ModelInfo
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request

MAX_PADDING_PX: Final = 8192
_LEAST_PADDING_PX: Final = 32
_LEAST_FEATHER_PX: Final = 8
_EDGE_OF_MASK: Final = 24  # a feather is that part of the mask's longer side
_USUAL_SIDE_PX: Final = 512  # of the models that the intents' strengths are meant for


@dataclass(frozen=True, slots=True)
class InpaintWishes:
    """How to paint under a mask. None is what suits the intent and the size of the mask.

    `strength` and `fill` as in Request and Inpaint; `padding_px` is how much of what surrounds the
    grown and feathered mask the model sees, unless it sees the `whole` picture. With `separately`
    each island of the mask gets a working area of its own.
    """

    intent: Intent = Intent.REPLACE
    strength: float | None = None
    fill: Fill | None = None
    padding_px: int | None = None
    grow_px: int | None = None
    feather_px: int | None = None
    whole: bool = False
    separately: bool = False


def mask_inside(area: Box | None, mask: Mask, wishes: InpaintWishes) -> Mask:
    """What of `mask` can be painted anew while the model sees `area` alone: its grown and feathered
    edge fades out inside, but for the picture's own borders. All of it without an area.

    Raises:
        RequestError: nothing of the mask lies there, or a value is out of range.
    """
    if area is None:
        return mask
    found = bounds(mask[area.slices])
    if found is not None:
        margin_px = sum(_edge_of_mask(wishes, found, area))
        inner = inset(area, margin_px, Size(mask.shape[1], mask.shape[0])) or area
        if mask[inner.slices].any():
            inside = np.zeros_like(mask)
            inside[inner.slices] = mask[inner.slices]
            return inside
    raise RequestError(
        "The mask lies outside the working area, or just at its edge.",
        "Move the working area over it, or double-click it to let the studio choose one.",
    )


def automatic_area(
    mask: Box, picture: Size, model: ModelInfo, wishes: InpaintWishes
) -> WorkingArea:
    """What the model sees of a picture with a mask in that box, as long as nobody chose the area.

    Raises:
        RequestError: a value is out of range.
    """
    if wishes.whole:
        return whole_picture(picture, model)
    return working_area(mask, picture, model, _seen_px(mask, model, wishes))


def inpainting(
    request: Request,
    model: ModelInfo,
    picture: PictureRef,
    mask: Mask,
    mask_ref: PictureRef,
    wishes: InpaintWishes,
    area: Box | None = None,
) -> Request:
    """`request` with everything set that painting `picture` anew under `mask` needs.

    Its prompts, seed, steps, guidance and scheduler stay; its size, start picture, strength and
    upscaling are replaced. With an `area` the model sees that and nothing beyond it; the mask is
    then what `mask_inside` left of it.

    Raises:
        RequestError: the mask is black or of another size, the intent needs a prompt, or a value
            is out of range.
    """
    masked = bounds(mask)
    if masked is None:
        raise RequestError("The mask is empty.", "Paint over what should change.")
    grow_px, feather_px = _edge_of_mask(wishes, masked, area)
    if wishes.separately:
        seen_px = _seen_px(masked, model, wishes)
        found = working_areas(mask, model, seen_px, within=area)
    elif area is not None:
        found = whole_area(area, model)
    else:
        found = automatic_area(masked, picture.size, model, wishes)
    inpaint = Inpaint(found.boxes, mask_ref, grow_px=grow_px, feather_px=feather_px)
    return _with(request, model, picture, inpaint, found, wishes)


def outpainting(
    request: Request,
    model: ModelInfo,
    picture: PictureRef,
    extend: Extents,
    wishes: InpaintWishes,
) -> Request:
    """`request` with everything set that extending `picture` needs; of the wishes, the intent,
    strength, fill, growing and feathering count, the latter two where the pieces overlap.

    Raises:
        RequestError: nothing is to be extended, or a value is out of range.
    """
    if not extend:
        raise RequestError("There is nothing to extend.", "Name a side and how many pixels.")
    found = outpainting_area(picture.size, extend, model)
    grow_px, feather_px = _edge(wishes, found.boxes[0].width // 32)
    inpaint = Inpaint(found.boxes, extend=extend, grow_px=grow_px, feather_px=feather_px)
    return _with(request, model, picture, inpaint, found, wishes)


def _seen_px(masked: Box, model: ModelInfo, wishes: InpaintWishes) -> int:
    """How much around the mask the model sees: its edge, and the padding beyond that."""
    longer = max(masked.width, masked.height)
    padding_px = wishes.padding_px
    if padding_px is None:
        padding_px = _padding(longer, wishes.intent, model)
    check_whole("padding", padding_px, 0, MAX_PADDING_PX)
    return padding_px + sum(_edge_of_mask(wishes, masked, None))


def _edge_of_mask(wishes: InpaintWishes, masked: Box, area: Box | None) -> tuple[int, int]:
    """How far a mask grows and fades; in a narrow area not so far that nothing is left of it."""
    longer = max(masked.width, masked.height)
    if area is not None:
        longer = min(longer, 3 * min(area.width, area.height))
    return _edge(wishes, longer // _EDGE_OF_MASK)


def _edge(wishes: InpaintWishes, feather_px: int) -> tuple[int, int]:
    """How far the mask grows and fades: as wished, else about `feather_px` and half of it."""
    suitable = min(max(_LEAST_FEATHER_PX, feather_px), MAX_FEATHER_PX)
    feather_px = suitable if wishes.feather_px is None else wishes.feather_px
    check_whole("feathering of the mask", feather_px, 0, MAX_FEATHER_PX)
    grow_px = feather_px // 2 if wishes.grow_px is None else wishes.grow_px
    check_whole("growth of the mask", grow_px, 0, MAX_GROW_PX)
    return grow_px, feather_px


def _padding(longer_px: int, intent: Intent, model: ModelInfo) -> int:
    """A quarter of the mask. A thing to be drawn there gets more of a small model's few pixels:
    such a model fills what it sees with the thing, and the mask would cut it off."""
    padding_px = max(_LEAST_PADDING_PX, longer_px // 4)
    if INTENTS[intent].needs_prompt:
        padding_px = round(padding_px * min(1, _side(model) / _USUAL_SIDE_PX))
    return padding_px


def _with(
    request: Request,
    model: ModelInfo,
    picture: PictureRef,
    inpaint: Inpaint,
    found: WorkingArea,
    wishes: InpaintWishes,
) -> Request:
    values = INTENTS[wishes.intent]
    if values.needs_prompt and not request.prompt.strip():
        raise RequestError(
            f"To {wishes.intent} something, the prompt must say what.",
            "Write it, or choose fill or remove.",
        )
    return replace(
        request,
        width=found.size.width,
        height=found.size.height,
        init_image=picture,
        strength=_strength(wishes, model),
        upscale=1,
        inpaint=replace(
            inpaint,
            intent=wishes.intent,
            fill=values.fill if wishes.fill is None else wishes.fill,
        ),
    )


def _strength(wishes: InpaintWishes, model: ModelInfo) -> float:
    """As wished, else the intent's. The same noise hides more of a small picture than of a large
    one (Hoogeboom et al. 2023, “Simple diffusion”): models that draw small start with less of it.
    """
    if wishes.strength is not None:
        return wishes.strength
    usual = INTENTS[wishes.intent].strength
    return usual if usual == 1 else usual * min(1, _side(model) / _USUAL_SIDE_PX) ** 0.25


def _side(model: ModelInfo) -> int:
    return max(model.native_size.width, model.native_size.height)
