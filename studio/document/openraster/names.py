"""What is in an OpenRaster file, and how much of it the studio takes."""

from __future__ import annotations

from typing import Final

from studio.document.content import LARGEST_SIDE_PX

SUFFIX: Final = ".ora"
MIME_TYPE: Final = b"image/openraster"
STACK: Final = "stack.xml"
MERGED: Final = "mergedimage.png"
THUMBNAIL: Final = "Thumbnails/thumbnail.png"
THUMBNAIL_PX: Final = 256
RECORD: Final = "pentimento/document.json"
MASK: Final = "pentimento/mask.png"
MOST_LAYERS: Final = 512
MOST_XML_BYTES: Final = 1 << 20
MOST_LAYER_PX: Final = 2 * LARGEST_SIDE_PX
