"""A picture dropped as a mask."""

from __future__ import annotations

import numpy as np
from PIL import Image

from studio.document import masks
from studio.document.masks import Mask
from studio.domain.events import Pixels
from studio.domain.geometry import Size


def from_dropped(pixels: Pixels, document: Size) -> Mask:
    """A picture of any size as a mask as large as the document.

    White changes and black stays; a picture of one colour that is partly transparent is meant by
    its alpha. One of other proportions is fitted in whole, in the middle, black around it.
    """
    mask = pixels[..., 3] if _is_cutout(pixels) else masks.from_picture(pixels)
    fitted = Size(mask.shape[1], mask.shape[0]).fitted_into(document)
    picture = Image.fromarray(np.ascontiguousarray(mask)).resize(
        (fitted.width, fitted.height), Image.Resampling.LANCZOS
    )
    whole = Image.new("L", (document.width, document.height))
    whole.paste(picture, ((whole.width - fitted.width) // 2, (whole.height - fitted.height) // 2))
    return np.asarray(whole)


def _is_cutout(pixels: Pixels) -> bool:
    """Whether only the transparency tells parts of the picture apart."""
    if pixels.shape[2] == 3 or pixels[..., 3].min() == 255:
        return False
    seen = pixels[pixels[..., 3] > 0][:, :3]
    return not len(seen) or bool((seen == seen[0]).all())
