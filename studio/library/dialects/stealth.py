"""Settings hidden in the lowest bits of the pixels, which survive where texts are stripped.

Column by column, the lowest bits of alpha (or of red, green and blue) spell a signature, the
length of what follows in bits (32 bits, big-endian), then text, gzipped or not. NovelAI hides its
texts as one JSON object so, an extension of A1111's web UI its parameters.
Source: github.com/NovelAI/novelai-image-metadata.
"""

from __future__ import annotations

import io
import zlib
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image

from studio.library.dialects.values import json_object
from studio.library.labels import png
from studio.library.labels.embedded import MAX_FILE_BYTES, Embedded
from studio.library.reading import MAX_PIXELS

_SIGNATURE_BYTES: Final = 15
_HEAD_BYTES: Final = _SIGNATURE_BYTES + 4
_ALPHA: Final = {b"stealth_pnginfo": False, b"stealth_pngcomp": True}
_COLOURS: Final = {b"stealth_rgbinfo": False, b"stealth_rgbcomp": True}
_MAX_HIDDEN_BYTES: Final = 1 << 20
_MAX_TEXT_BYTES: Final = 4 << 20


def read_hidden(path: Path) -> Embedded | None:
    """What is hidden in the pixels of a PNG or WebP, as if it stood in the texts of a PNG.

    Decodes the picture, so ask what it says openly before. Never raises for what the file holds.

    Raises:
        OSError: the file can't be read at all.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        return None
    content = path.read_bytes()
    if not content.startswith(png.SIGNATURE) and content[8:12] != b"WEBP":
        return None
    try:
        if content.startswith(png.SIGNATURE):
            content = png.without_text(io.BytesIO(content))
        with Image.open(io.BytesIO(content), formats=("PNG", "WEBP")) as image:
            is_fit = image.mode in ("RGB", "RGBA") and image.width * image.height <= MAX_PIXELS
            pixels = np.asarray(image) if is_fit else None
    except Exception:  # noqa: BLE001 (decoders raise anything for what is damaged)
        return None
    return None if pixels is None else _embedded_in(pixels)


def hidden_in(image: Image.Image) -> Embedded | None:
    """As `read_hidden`, of a picture that is decoded already."""
    return _embedded_in(np.asarray(image)) if image.mode in ("RGB", "RGBA") else None


def _embedded_in(pixels: NDArray[np.uint8]) -> Embedded | None:
    text = _hidden_text(pixels)
    if text is None:
        return None
    values = json_object(text)
    if values is None:
        return Embedded({"parameters": text})
    return Embedded({key: value for key, value in values.items() if isinstance(value, str)})


def _hidden_text(pixels: NDArray[np.uint8]) -> str | None:
    """Of uint8 (H, W, 3 or 4)."""
    places = [(pixels[..., :3], _COLOURS)]
    if pixels.shape[2] == 4:
        places.insert(0, (pixels[..., 3:], _ALPHA))
    for channels, signatures in places:
        head = _bytes(channels, 0, _HEAD_BYTES)
        is_gzip = signatures.get(head[:_SIGNATURE_BYTES])
        if is_gzip is None:
            continue
        length = int.from_bytes(head[_SIGNATURE_BYTES:], "big") // 8
        if not 0 < length <= _MAX_HIDDEN_BYTES:
            return None
        hidden = _bytes(channels, _HEAD_BYTES, length)
        if len(hidden) < length:
            return None
        try:
            if is_gzip:
                hidden = zlib.decompressobj(31).decompress(hidden, _MAX_TEXT_BYTES + 1)
            return hidden.decode() if len(hidden) <= _MAX_TEXT_BYTES else None
        except (zlib.error, UnicodeDecodeError):
            return None
    return None


def _bytes(channels: NDArray[np.uint8], start: int, count: int) -> bytes:
    """`count` bytes after the first `start`, of the lowest bits, column by column."""
    height, _, depth = channels.shape
    first = 8 * start // (height * depth)
    last = -(-8 * (start + count) // (height * depth))
    bits = (channels[:, first:last] & 1).transpose(1, 0, 2).ravel()
    skipped = 8 * start - first * height * depth
    return np.packbits(bits[skipped : skipped + 8 * count]).tobytes()
