"""Opening pictures that come from anywhere, safely.

Only formats named here, a limit on the file and on the pixels before anything is decoded, turned
as the camera says, in sRGB, and never half a picture.
"""

from __future__ import annotations

import io
from collections.abc import Callable
from pathlib import Path
from typing import Final, TypeVar

import numpy as np
from PIL import Image, ImageCms, ImageOps, UnidentifiedImageError

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.srgb import srgb_profile
from studio.library.labels import png

FORMATS: Final = ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
HEIF_SUFFIXES: Final = frozenset({".heic", ".heif"})
_HEIF_BRANDS: Final = {b"heic", b"heix", b"heim", b"heis", b"hevc", b"hevx", b"mif1", b"msf1"}
MAX_FILE_BYTES: Final = 256 << 20
MAX_PIXELS: Final = 8192 * 8192
_T = TypeVar("_T")
_KINDS: Final = "PNG, JPEG, WebP, TIFF, BMP, GIF and AVIF"


def read_picture(path: Path, *, keep_alpha: bool = False) -> Pixels:
    """The pixels of a picture file, uint8 sRGB (H, W, 3).

    What is transparent lies on white; with `keep_alpha`, a picture that is so anywhere is
    (H, W, 4). Of an animation it is the first frame.

    Raises:
        PictureError: not a picture of a known kind, damaged, cut off or too large.
    """
    try:
        size = path.stat().st_size
        if size > MAX_FILE_BYTES:
            raise PictureError(
                f"“{path.name}” has {size / 2**20:.0f} MiB; the studio opens pictures up to "
                f"{MAX_FILE_BYTES >> 20} MiB.",
                "Make it smaller first.",
            )
        content = path.read_bytes()
    except FileNotFoundError:
        raise PictureError(f"There is no file “{path}”.") from None
    except OSError as error:
        raise PictureError(f"“{path}” can't be read: {error.strerror}.") from error
    return decode_picture(content, path.name, keep_alpha=keep_alpha)


def decode_picture(content: bytes, name: str, *, keep_alpha: bool = False) -> Pixels:
    """As `read_picture`, from the bytes of a file; `name` is for the sentences."""
    return explained(content, name, lambda some: _decoded(some, name, keep_alpha=keep_alpha))


def explained(content: bytes, name: str, decode: Callable[[bytes], _T]) -> _T:
    """What `decode` makes of the bytes of a picture file, by way of Pillow.

    Raises:
        PictureError: instead of anything that Pillow raises.
    """
    is_png = content.startswith(png.SIGNATURE)
    try:
        return decode(content)
    except PictureError:
        raise
    except (Image.DecompressionBombError, Image.DecompressionBombWarning):
        raise too_large(name) from None
    except MemoryError:
        raise PictureError(f"There isn't enough memory to open “{name}”.") from None
    except UnidentifiedImageError:
        if is_png:
            raise _damaged(name) from None
        raise PictureError(
            f"“{name}” is not a picture that the studio opens.", f"It opens {_KINDS}."
        ) from None
    except Exception as error:
        # Seven decoders raise anything for what is damaged: RuntimeError, KeyError, SyntaxError...
        if not is_png or not isinstance(error, ValueError):
            raise _damaged(name) from error
    # Pillow gives the whole picture up for one oversized text; the pixels may be fine.
    try:
        return decode(png.without_text(io.BytesIO(content)))
    except PictureError:
        raise
    except Exception as error:
        raise _damaged(name) from error


def formats_for(content: bytes, name: str) -> tuple[str, ...]:
    """The formats as which Pillow may open the bytes of a file.

    Raises:
        PictureError: a HEIC picture, and nothing is installed that opens those.
    """
    if content[4:8] == b"ftyp" and content[8:12] in _HEIF_BRANDS:
        _learn_heif(name)
        return (*FORMATS, "HEIF")
    return FORMATS


def _decoded(content: bytes, name: str, *, keep_alpha: bool) -> Pixels:
    with Image.open(io.BytesIO(content), formats=formats_for(content, name)) as opened:
        if opened.width * opened.height > MAX_PIXELS:
            raise too_large(name)
        if opened.format == "PNG":
            png.check_rows(io.BytesIO(content))
        opened.load()
        image = ImageOps.exif_transpose(opened)
    return as_pixels(image, name, keep_alpha=keep_alpha)


def as_pixels(image: Image.Image, name: str, *, keep_alpha: bool) -> Pixels:
    """What `read_picture` gives, of what Pillow decoded and turned."""
    profile = image.info.get("icc_profile")
    transparent = image.has_transparency_data
    image = _eight_bits(image, name)
    alpha = image.convert("RGBA").getchannel("A") if transparent else None
    image = _in_srgb(image, profile)
    if alpha is None or alpha.getextrema() == (255, 255):
        return np.array(image)
    if keep_alpha:
        image.putalpha(alpha)
    else:
        white = Image.new("RGB", image.size, "white")
        white.paste(image, mask=alpha)
        image = white
    return np.array(image)


def _learn_heif(name: str) -> None:
    """Let Pillow open what iPhones make, by the extra "heif"."""
    try:
        import pi_heif
    except ImportError:
        raise PictureError(
            f"“{name}” is a HEIC picture, which the studio opens only with the package pi-heif.",
            "Install that (the extra “heif”), or save the picture as JPEG.",
        ) from None
    pi_heif.register_heif_opener()


def _eight_bits(image: Image.Image, name: str) -> Image.Image:
    """Grey with 16 bits or more for each pixel in 8 bits; every other mode as it is."""
    if image.mode == "F":
        raise PictureError(
            f"“{name}” holds floating-point values.", "Save it with 8 or 16 bits for each colour."
        )
    if image.mode != "I" and not image.mode.startswith("I;16"):
        return image
    values = np.clip(np.asarray(image).astype(np.int64), 0, 65_535) >> 8
    return Image.fromarray(values.astype(np.uint8))


def _in_srgb(image: Image.Image, profile: object) -> Image.Image:
    """As RGB in sRGB. A profile that can't be used is as good as none."""
    if image.mode not in ("L", "RGB", "CMYK"):
        image = image.convert("RGB")
    # To go from sRGB to sRGB would round.
    if isinstance(profile, bytes) and profile != srgb_profile():
        try:
            source = ImageCms.ImageCmsProfile(io.BytesIO(profile))
            target = ImageCms.createProfile("sRGB")
            converted = ImageCms.profileToProfile(image, source, target, outputMode="RGB")
        except (ImageCms.PyCMSError, OSError, ValueError):
            converted = None
        if converted is not None:
            return converted
    return image.convert("RGB")


def _damaged(name: str) -> PictureError:
    return PictureError(
        f"“{name}” is damaged or was not copied to its end.", "Copy or download it again."
    )


def too_large(name: str) -> PictureError:
    """What is said of a picture with more pixels than the studio opens."""
    return PictureError(
        f"“{name}” has more than {MAX_PIXELS // 1_000_000} million pixels.",
        "Make it smaller first.",
    )
