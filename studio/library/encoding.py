"""Pixels to the bytes of a picture file, with or without what it tells of them."""

from __future__ import annotations

import hashlib
import io
from enum import StrEnum
from typing import Final

import numpy as np
from PIL import Image

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.picture_ref import PictureRef
from studio.library.labels.labelling import Labels
from studio.library.picture import PictureRecord

# On pictures from a model zlib's levels 6 and 9 save nothing over 4 and take twice the time.
_PNG_LEVEL: Final = 4
_MAX_JPEG_SEGMENT_BYTES: Final = 65_000
# libavif opens no AVIF beyond this by itself.
_MAX_AVIF_SIDE_PX: Final = 32_768
_MAX_SIDE_PX: Final = {"JPEG": 65_500, "WebP": 16_383, "AVIF": _MAX_AVIF_SIDE_PX}


class PictureFormat(StrEnum):
    """The formats that the studio writes."""

    PNG = "PNG"
    JPEG = "JPEG"
    WEBP = "WebP"
    AVIF = "AVIF"


def pixel_digest(pixels: Pixels) -> str:
    """sha256 (hex) of the raw bytes, row by row."""
    return hashlib.sha256(np.asarray(pixels, order="C").data).hexdigest()


def picture_ref(pixels: Pixels) -> PictureRef:
    """How requests name a picture (H, W, 3 or 4)."""
    height, width = pixels.shape[:2]
    return PictureRef(pixel_digest(pixels), width, height)


def check_pixels(pixels: Pixels) -> None:
    """Raise ValueError unless `pixels` is uint8 (H, W, 3 or 4): else it is a bug of the caller."""
    is_picture = pixels.ndim == 3 and pixels.shape[2] in (3, 4) and pixels.size
    if pixels.dtype != np.uint8 or not is_picture:
        raise ValueError(f"pixels are uint8 (H, W, 3 or 4), not {pixels.dtype} {pixels.shape}")


def without_idle_alpha(pixels: Pixels) -> Pixels:
    """(H, W, 4) only where anything is transparent: as `read_picture` gives it back."""
    is_opaque = pixels.shape[2] == 4 and bool((pixels[..., 3] == 255).all())
    return np.ascontiguousarray(pixels[..., :3]) if is_opaque else pixels


def check_side(width: int, height: int, image_format: PictureFormat) -> None:
    """Raise PictureError if a picture of this size can't be of this format."""
    limit = _MAX_SIDE_PX.get(image_format)
    if limit is not None and max(width, height) > limit:
        raise PictureError(
            f"A {image_format} can't be wider or higher than {limit} px.", "Use PNG."
        )


def encode(
    pixels: Pixels,
    image_format: PictureFormat,
    told: PictureRecord | Labels | None,
    quality: int = 90,
    profile: bytes | None = None,
    photo: Image.Exif | None = None,
) -> bytes:
    """A whole picture file in memory.

    Args:
        pixels: uint8 (H, W, 3), sRGB, or (H, W, 4) with straight alpha, which a JPEG can't hold.
        told: goes into the file, a record with all that its labels say; None writes no metadata.
        quality: 1 to 100, for JPEG, WebP and AVIF.
        profile: the ICC profile to name the colour space with; without it sRGB goes unsaid.
        photo: the EXIF that a camera wrote, to be kept.

    Raises:
        PictureError: the picture or what it tells doesn't fit into this format.
    """
    check_pixels(pixels)
    check_side(pixels.shape[1], pixels.shape[0], image_format)
    if image_format is PictureFormat.JPEG and pixels.shape[2] == 4:
        raise PictureError("A JPEG can't be transparent.", "Use PNG, WebP or AVIF.")
    image = Image.fromarray(np.ascontiguousarray(pixels))
    labels = Labels.of(told) if isinstance(told, PictureRecord) else told or Labels()
    file = io.BytesIO()
    if image_format is PictureFormat.PNG:
        exif = {} if photo is None else {"exif": photo.tobytes()}
        text = labels.png_info()
        image.save(
            file, "PNG", pnginfo=text, compress_level=_PNG_LEVEL, icc_profile=profile, **exif
        )
        return file.getvalue()
    details = {"exif": labels.exif(photo), "xmp": labels.packet()}
    details = {name: detail for name, detail in details.items() if detail}
    # Above 90 the colours keep their full resolution, as people who ask for quality expect.
    subsampling = "4:4:4" if quality > 90 else "4:2:0"
    match image_format:
        case PictureFormat.WEBP:
            image.save(file, "WEBP", quality=quality, method=4, icc_profile=profile, **details)
        case PictureFormat.AVIF:
            image.save(
                file,
                "AVIF",
                quality=quality,
                subsampling=subsampling,
                icc_profile=profile,
                **details,
            )
        case _:
            if any(len(detail) > _MAX_JPEG_SEGMENT_BYTES for detail in details.values()):
                raise PictureError(
                    "The prompt is too long for the metadata of a JPEG.",
                    "Export as PNG, WebP or AVIF, or without metadata.",
                )
            options = {"quality": quality, "subsampling": subsampling, "optimize": True}
            image.save(file, "JPEG", icc_profile=profile, **options, **details)
    return file.getvalue()
