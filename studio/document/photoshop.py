"""Layered PSD files, for programs that know no OpenRaster. Needs the extra `psd`."""

from __future__ import annotations

from collections.abc import Callable
from typing import IO, TYPE_CHECKING, Final

from PIL import Image

from studio.document.area import Area
from studio.document.content import Content
from studio.document.layer import Layer
from studio.document.rendering.composite import flatten, over_white
from studio.domain.errors import StudioError

if TYPE_CHECKING:
    from psd_tools import PSDImage

SUFFIX: Final = ".psd"


class PhotoshopMissing(StudioError):
    """psd-tools isn't installed."""


def write(
    content: Content,
    stream: IO[bytes],
    on_part: Callable[[int, int], None] = lambda done, total: None,
) -> None:
    """Write a document as PSD: layers with their masks, names, opacity, visibility and blend modes,
    and the merged picture.

    `on_part(done, total)` is called before the merged picture, each layer and the writing, from 0
    to total; what it raises ends all.

    Raises:
        PhotoshopMissing: psd-tools isn't installed.
    """
    try:
        from psd_tools import PSDImage
    except ImportError:
        raise PhotoshopMissing(
            "PSD files need the package psd-tools, which isn't installed.",
            "Install it with: pip install psd-tools. Or save as OpenRaster.",
        ) from None

    class Merged(PSDImage):
        """Keeps our merged picture: psd-tools would blend the layers anew, and in another way."""

        def is_updated(self) -> bool:
            return False

    total = len(content.layers) + 2
    on_part(0, total)
    image = Merged.frompil(Image.fromarray(over_white(flatten(content))))
    image._merged_alpha = True  # its fourth channel is transparency; there is no public way to say
    for number, layer in enumerate(content.layers, start=1):
        on_part(number, total)
        _add(image, layer)
    on_part(total - 1, total)
    image.save(stream)
    on_part(total, total)


def _add(image: PSDImage, layer: Layer) -> None:
    from psd_tools.constants import BlendMode as PhotoshopMode

    bounds = layer.image.bounds()
    if bounds.is_empty:  # a layer without any pixel is what some programs can't read
        bounds = Area(0, 0, 1, 1)
    made = image.create_pixel_layer(
        Image.fromarray(layer.image.read(bounds)),
        name=layer.name,
        top=layer.y + bounds.y,
        left=layer.x + bounds.x,
        opacity=round(layer.opacity * 255),
        blend_mode=PhotoshopMode[layer.blend_mode.name],
    )
    made.visible = layer.visible
    if layer.mask is not None:
        made.create_mask(Image.fromarray(layer.mask.read(bounds)))
