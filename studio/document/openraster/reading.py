"""Reading OpenRaster files, ours and other programs'; nothing in one is believed unmeasured."""

from __future__ import annotations

import json
import os
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final, cast
from xml.etree import ElementTree

import numpy as np
from PIL import Image, UnidentifiedImageError

from studio.document.area import Area
from studio.document.content import LARGEST_SIDE_PX, Content
from studio.document.layer import BlendMode, Layer, LayerKind
from studio.document.openraster import names
from studio.document.png_bands import bands
from studio.document.tiles import TiledImage
from studio.domain.errors import PictureError
from studio.domain.geometry import Box, Size

OnPart = Callable[[int, int], None]

_MOST_LAYER_PIXELS: Final = 2**28
_AGAIN: Final = "Open it in the program that made it, and save it again."
# A PNG may be a little larger than its pixels, and have a colour profile and some text.
_MOST_BESIDE_PIXELS: Final = 1 << 24
_USUAL_MEMORY_BYTES: Final = 16 << 30
_DAMAGED: Final = (
    UnidentifiedImageError,
    OSError,
    ValueError,
    SyntaxError,
    EOFError,
    LookupError,
    struct.error,
    zlib.error,
)


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What a file held. `lost` says in sentences what of it the studio can't show."""

    content: Content
    lost: tuple[str, ...] = ()


def read(path: Path, on_part: OnPart = lambda done, total: None) -> Opened:
    """Read an OpenRaster file, ours or another program's.

    `on_part(done, total)` is called while its pictures are read, in bytes from 0 to total; what it
    raises ends the reading.

    Raises:
        PictureError: no OpenRaster file, damaged, cut off, or larger than the studio works with.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reader(archive, path.name, on_part).opened()
    except FileNotFoundError:
        raise PictureError(f"There is no file “{path}”.") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise PictureError(
            f"“{path.name}” isn't an OpenRaster file, or it is damaged.", _AGAIN
        ) from None
    except MemoryError:
        raise PictureError(f"There isn't enough memory to open “{path.name}”.") from None
    except OSError as error:
        raise PictureError(f"“{path.name}” can't be read: {error.strerror or error}.") from error


@dataclass(frozen=True, slots=True)
class _Found:
    """A layer as the file describes it. `mask` is the name of its own mask, or empty."""

    element: ElementTree.Element
    frame: _Frame
    known: dict[str, Any]
    pixels: str
    mask: str


class _Reader:
    """Reads one archive."""

    def __init__(self, archive: zipfile.ZipFile, name: str, on_part: OnPart) -> None:
        self._archive = archive
        self._name = name
        self._on_part = on_part
        self._lost: list[str] = []
        self._sizes: dict[str, Size] = {}
        self._done = self._total = 0

    def opened(self) -> Opened:
        self._check_kind()
        image = self._xml()
        size = self._size(image)
        record = self._record()
        known = {entry.get("src"): entry for entry in record.get("layers", ()) if entry}
        found = [
            self._found(element, frame, known.get(element.get("src")) or {})
            for element, frame in self._elements(image)
        ]
        has_mask = names.MASK in self._archive.namelist() and self._png_size(names.MASK) == size
        pictures = [name for layer in found for name in (layer.pixels, layer.mask) if name]
        if has_mask:
            pictures.append(names.MASK)
        self._measure(pictures)
        layers = [self._layer(layer) for layer in reversed(found)]
        active_id = layers[-1].id if layers else None
        for layer, described in zip(layers, reversed(found), strict=True):
            if described.element.get("selected") == "true":
                active_id = layer.id
        content = Content(size, tuple(layers), active_id, prompt=str(record.get("prompt") or ""))
        if has_mask:
            content = replace(content, mask=self._pixels(names.MASK, TiledImage(1), 0, 0))
        content = replace(content, working_area=_box(record.get("working_area"), size))
        self._on_part(self._total, self._total)
        return Opened(content, tuple(dict.fromkeys(self._lost)))

    def _check_kind(self) -> None:
        if "mimetype" not in self._archive.namelist():
            return  # packed by hand, perhaps: the rest will tell
        kind = self._bytes("mimetype", names.MOST_XML_BYTES).strip()
        if kind != names.MIME_TYPE:
            told = "".join(c for c in kind[:60].decode("latin-1") if c.isprintable())
            raise self._refused(f"it says that it is “{told}”, not OpenRaster")

    def _measure(self, pictures: list[str]) -> None:
        """Refuse what is too much before any of it is read."""
        needed = sum(4 * self._png_size(name).pixels for name in pictures)
        if needed > (memory := _memory_bytes()):
            raise self._refused(
                f"its layers need {needed / 2**30:.1f} GiB of memory, and this computer has "
                f"{memory / 2**30:.1f}"
            )
        self._total = sum(self._archive.getinfo(name).file_size for name in pictures)
        self._on_part(0, self._total)

    def _refused(self, why: str) -> PictureError:
        return PictureError(
            f"“{self._name}” can't be opened: {why}.",
            _AGAIN,
        )

    def _bytes(self, name: str, most: int) -> bytes:
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            raise self._refused(f"it lacks {name[:80]}") from None
        if info.file_size > most:
            raise self._refused(f"its {name[:80]} is too large")
        with self._archive.open(info) as stream:
            content = stream.read(most + 1)
        if len(content) > most:
            raise self._refused(f"its {name[:80]} is larger than it says")
        return content

    def _xml(self) -> ElementTree.Element:
        content = self._bytes(names.STACK, names.MOST_XML_BYTES)
        # Entities are how an XML file grows without end, or reads others.
        if b"<!" in content.replace(b"<!--", b""):
            raise self._refused("its stack.xml defines entities")
        try:
            return ElementTree.fromstring(content)  # noqa: S314 - no entities are left in it
        except ElementTree.ParseError:
            raise self._refused("its stack.xml is no XML") from None

    def _size(self, image: ElementTree.Element) -> Size:
        try:
            width, height = int(image.get("w", "")), int(image.get("h", ""))
        except ValueError:
            raise self._refused("it doesn't say how large it is") from None
        if not (0 < width <= LARGEST_SIDE_PX and 0 < height <= LARGEST_SIDE_PX):
            raise self._refused(
                f"it is {width} × {height} px, and the studio works up to {LARGEST_SIDE_PX}"
            )
        return Size(width, height)

    def _record(self) -> dict[str, Any]:
        if names.RECORD not in self._archive.namelist():
            return {}
        try:
            record = json.loads(self._bytes(names.RECORD, names.MOST_XML_BYTES))
        except ValueError:
            return {}
        usable = isinstance(record, dict) and isinstance(record.get("layers"), list)
        if not usable or not all(isinstance(entry, dict) for entry in record["layers"]):
            return {}
        return dict(record)

    def _elements(self, image: ElementTree.Element) -> Iterator[tuple[ElementTree.Element, _Frame]]:
        """All layers from the topmost down, groups dissolved."""
        count = 0
        roots = image.findall("stack")
        waiting = [(stack, _Frame()) for stack in reversed(roots)]
        while waiting:
            element, frame = waiting.pop()
            if element.tag == "layer":
                count += 1
                if count > names.MOST_LAYERS:
                    raise self._refused(f"it has more than {names.MOST_LAYERS} layers")
                yield element, frame
            elif element.tag == "stack":
                inner = frame.within(element)
                plain = inner.opacity == frame.opacity and element.get("composite-op") in (
                    None,
                    str(BlendMode.NORMAL),
                )
                if not plain and element not in roots:
                    self._lost.append("Groups were dissolved; some may look different.")
                waiting.extend((child, inner) for child in reversed(element))

    def _found(self, element: ElementTree.Element, frame: _Frame, known: dict[str, Any]) -> _Found:
        frame, source = frame.within(element), element.get("src", "")
        if "mask" in known and "pixels" in known:
            pixels, mask = str(known["pixels"]), str(known["mask"])
            if self._png_size(pixels) == self._png_size(mask) == self._png_size(source):
                return _Found(element, frame, known, pixels, mask)
        self._png_size(source)
        return _Found(element, frame, known, source, "")

    def _layer(self, found: _Found) -> Layer:
        element, frame, known = found.element, found.frame, found.known
        x, y = _whole(known.get("x"), frame.x), _whole(known.get("y"), frame.y)
        if max(abs(frame.x - x), abs(frame.y - y)) > names.MOST_LAYER_PX:
            x, y = frame.x, frame.y
        shift = frame.x - x, frame.y - y
        try:
            mode = BlendMode(element.get("composite-op", str(BlendMode.NORMAL)))
        except ValueError:
            self._lost.append("A blend mode that the studio doesn't know became normal.")
            mode = BlendMode.NORMAL
        layer = Layer(
            element.get("name") or "Layer",
            self._pixels(found.pixels, TiledImage(4), *shift),
            _kind(known.get("kind")),
            self._mask(found, *shift),
            frame.opacity,
            frame.visible,
            mode,
            x,
            y,
        )
        known_id = known.get("id")
        return replace(layer, id=known_id) if isinstance(known_id, str) and known_id else layer

    def _mask(self, found: _Found, x: int, y: int) -> TiledImage | None:
        """A layer's own mask; `mask_fill` is what it is where the file says nothing."""
        if not found.mask:
            return None
        fill = 255 if found.known.get("mask_fill") == 255 else 0
        return self._pixels(found.mask, TiledImage(1, fill=fill), x, y)

    def _png_size(self, name: str) -> Size:
        """How large a PNG says that it is, in bounds."""
        if name not in self._sizes:
            with self._png(name) as image:
                size = Size(*image.size)
            if max(image.size) > names.MOST_LAYER_PX or size.pixels > _MOST_LAYER_PIXELS:
                raise self._refused(f"a layer is {size} px")
            if self._archive.getinfo(name).file_size > 8 * size.pixels + _MOST_BESIDE_PIXELS:
                raise self._refused(f"its {name[:80]} is larger than its pixels")
            self._sizes[name] = size
        return self._sizes[name]

    def _pixels(self, name: str, image: TiledImage, x: int, y: int) -> TiledImage:
        """`image` with the PNG's pixels, its left upper corner at `x`, `y`."""
        size = self._png_size(name)
        mode = "L" if image.channels == 1 else "RGBA"
        with self._png(name) as picture:
            for band in bands(Area.whole(size).moved(x, y)):
                rows = picture.crop((0, band.y - y, size.width, band.bottom - y))
                image = image.written(band, np.asarray(rows.convert(mode), np.uint8))
        return image

    @contextmanager
    def _png(self, name: str) -> Iterator[Image.Image]:
        """A PNG, opened; whatever is wrong with it, in one sentence."""
        try:
            info = self._archive.getinfo(name)
        except KeyError:
            raise self._refused(f"it lacks {name[:80]}") from None
        try:
            with self._archive.open(info) as stream:
                watched = cast(IO[bytes], _Watched(stream, self._on_read))
                with Image.open(watched, formats=["PNG"]) as image:
                    yield image
                if self._total:
                    stream.seek(info.file_size)
        except Image.DecompressionBombError:
            raise self._refused("a layer is too large") from None
        except _DAMAGED:
            raise self._refused(f"its {name[:80]} is damaged") from None

    def _on_read(self, count: int) -> None:
        if self._total:
            self._done += count
            self._on_part(min(self._done, self._total), self._total)


class _Watched:
    """A stream that tells how much of it is read."""

    def __init__(self, stream: IO[bytes], on_read: Callable[[int], None]) -> None:
        self._stream = stream
        self._on_read = on_read
        self.seek = stream.seek
        self.tell = stream.tell

    def read(self, size: int = -1) -> bytes:
        content = self._stream.read(size)
        self._on_read(len(content))
        return content


@dataclass(frozen=True, slots=True)
class _Frame:
    """What groups pass on to the layers in them."""

    x: int = 0
    y: int = 0
    opacity: float = 1.0
    visible: bool = True

    def within(self, element: ElementTree.Element) -> _Frame:
        try:
            opacity = min(1.0, max(0.0, float(element.get("opacity", "1"))))
        except ValueError:
            opacity = 1.0
        return _Frame(
            self.x + _whole(element.get("x"), 0),
            self.y + _whole(element.get("y"), 0),
            self.opacity * opacity if opacity == opacity else self.opacity,  # not NaN
            self.visible and element.get("visibility", "visible") != "hidden",
        )


def _memory_bytes() -> int:
    """How much memory this computer has."""
    if hasattr(os, "sysconf"):
        return int(os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES"))
    return _USUAL_MEMORY_BYTES


def _whole(value: object, otherwise: int) -> int:
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return int(number) if abs(number) <= names.MOST_LAYER_PX else otherwise


def _kind(value: object) -> LayerKind:
    known = isinstance(value, str) and value in list(LayerKind)
    return LayerKind(str(value)) if known else LayerKind.PICTURE


def _box(value: object, within: Size) -> Box | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    x, y, width, height = (_whole(number, 0) for number in value)
    return Area(x, y, x + width, y + height).box(within)
