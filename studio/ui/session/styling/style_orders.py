"""What the artist asks of a style, and the request for it."""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from PIL import Image

from studio.document import Content
from studio.document.masks import Mask, to_picture
from studio.document.restyling import (
    NO_GUIDES,
    RestyleMethod,
    RestyleWishes,
    StyleGuides,
    repainting,
    restyling,
)
from studio.domain.events import Pixels
from studio.domain.geometry import Size
from studio.domain.picture_ref import PictureRef
from studio.domain.request import Request
from studio.domain.stylize import StyleSource
from studio.library import Library
from studio.library.style_shelf import StyleEntry
from studio.ui.session.drafting.draft import Draft


@dataclass(frozen=True, slots=True)
class StyleChoice:
    """A style of the shelf, its share beside the others and how large its brush strokes are."""

    entry: StyleEntry
    weight: float = 1.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class StyleOrder:
    """All that the artist decided: `outside` are styles for the other side of the mask. `prompt` is
    the style for a diffusion model, and `guides` say whether that sees the `styles`, too."""

    wishes: RestyleWishes
    styles: tuple[StyleChoice, ...] = ()
    outside: tuple[StyleChoice, ...] = ()
    prompt: str = ""
    under_mask: bool = True
    guides: StyleGuides = NO_GUIDES


class StyleRequests:
    """Makes requests of orders; what they refer to is kept by the library."""

    def __init__(self, draft: Draft, library: Library) -> None:
        self._draft = draft
        self._library = library
        self._adopted: dict[Path, PictureRef] = {}

    async def of(
        self, order: StyleOrder, content: Content, pixels: Pixels, *, is_trial: bool = False
    ) -> tuple[Request, Mask | None]:
        """What to ask for `pixels`, the content or a small copy of it, and the mask, as large, if
        what is outside it stays as it is. Those of a trial are kept on no disk.

        Raises:
            StudioError: a value is out of range, or the disk refused.
        """
        size = Size(pixels.shape[1], pixels.shape[0])
        adopt = self._lend if is_trial else self._library.adopt
        picture = await adopt(pixels)
        mask = _mask(content, size) if order.under_mask else None
        ref = None if mask is None else await adopt(to_picture(mask))
        wishes = replace(
            order.wishes, feather_px=order.wishes.feather_px * size.width // content.size.width
        )
        if wishes.method is RestyleMethod.DIFFUSION:
            painted = np.full((size.height, size.width), 255, np.uint8) if mask is None else mask
            ref = ref or await self._library.adopt(to_picture(painted))
            return await self._repainting(
                replace(order, wishes=wishes), picture, painted, ref
            ), mask
        styles = [await self._source(choice) for choice in order.styles]
        outside = [await self._source(choice) for choice in order.outside if mask is not None]
        request = restyling(picture, tuple(styles), wishes, ref, tuple(outside))
        return request, None if outside else mask

    async def _repainting(
        self, order: StyleOrder, picture: PictureRef, mask: Mask, mask_ref: PictureRef
    ) -> Request:
        draft = self._draft
        if not draft.keep_seed:
            draft.roll_seed()
        # What nobody looks at isn't kept.
        seen = order.styles if order.guides.adapter else ()
        styles = [await self._source(choice) for choice in seen]
        described = replace(draft.as_part(), prompt=order.prompt.strip())
        return repainting(
            described, draft.model, picture, mask, mask_ref, order.wishes, styles, order.guides
        )

    async def _lend(self, pixels: Pixels) -> PictureRef:
        return self._library.lend(pixels)

    async def _source(self, choice: StyleChoice) -> StyleSource:
        entry = choice.entry
        if entry.painted:
            return StyleSource(None, entry.painted, choice.weight, choice.scale)
        # While a slider moves the same picture is asked for many times in a second.
        if entry.path not in self._adopted:
            self._adopted[entry.path] = await self._library.adopt(entry.path)
        return StyleSource(self._adopted[entry.path], "", choice.weight, choice.scale)


def _mask(content: Content, size: Size) -> Mask | None:
    """The document's mask at another size; None where it has none."""
    if not content.mask.count:
        return None
    mask = content.mask.read(content.area)
    if size != content.size:
        image = Image.fromarray(mask)
        mask = np.asarray(image.resize((size.width, size.height), Image.Resampling.BOX))
    return mask if mask.any() else None
