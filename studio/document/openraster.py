"""OpenRaster files (.ora): documents that other programs open too.

The file is a zip after the OpenRaster specification (openraster.org, baseline 0.0.6): `mimetype`
first, `stack.xml`, one PNG for each layer, the merged picture and a thumbnail. What only the studio
understands (kinds, layers' own masks, the mask, working area, prompt) lies beside them in the
folder `pentimento/`; where another program has changed the layers, its word counts.
"""

from __future__ import annotations

import io
import json
import zipfile
import zlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import IO, Any, Final
from xml.etree import ElementTree

import numpy as np
from PIL import Image, UnidentifiedImageError

from studio.document.area import Area
from studio.document.content import LARGEST_SIDE_PX, Content
from studio.document.layer import BlendMode, Layer, LayerKind
from studio.document.rendering.composite import flatten
from studio.document.tiles import TiledImage
from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.domain.geometry import Box, Size

SUFFIX: Final = ".ora"
MIME_TYPE: Final = b"image/openraster"
THUMBNAIL_PX: Final = 256
RECORD: Final = "pentimento/document.json"
MASK: Final = "pentimento/mask.png"
MOST_LAYERS: Final = 512
MOST_XML_BYTES: Final = 1 << 20
MOST_LAYER_PX: Final = 2 * LARGEST_SIDE_PX
# Of painted pixels, runs alone are packed as small as zlib's search for repeats, and twice as fast.
_COMPRESSION: Final = {"compress_level": 1, "compress_type": zlib.Z_RLE}

OnPart = Callable[[int, int], None]


@dataclass(frozen=True, slots=True, eq=False)
class Opened:
    """What a file held. `lost` says in sentences what of it the studio can't show."""

    content: Content
    lost: tuple[str, ...] = ()


def write(content: Content, stream: IO[bytes], on_part: OnPart = lambda done, total: None) -> None:
    """Write a document as OpenRaster, one layer in memory at a time.

    `on_part(done, total)` is called before each layer and picture, from 0 to total; what it raises
    ends the writing.
    """
    total = len(content.layers) + 1
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_STORED) as archive:
        archive.writestr("mimetype", MIME_TYPE)
        entries = []
        for number, layer in enumerate(content.layers):
            on_part(number, total)
            entries.append(_write_layer(archive, number, layer))
        on_part(total - 1, total)
        merged = flatten(content)
        _write_png(archive, "mergedimage.png", merged)
        _write_png(archive, "Thumbnails/thumbnail.png", thumbnail(merged))
        mask_box = content.mask.bounds()
        if not mask_box.is_empty:
            _write_png(archive, MASK, content.mask.read(content.area))
        archive.writestr("stack.xml", _stack(content, entries), zipfile.ZIP_DEFLATED)
        archive.writestr(RECORD, _record(content, entries), zipfile.ZIP_DEFLATED)
        on_part(total, total)


def read(path: Path) -> Opened:
    """Read an OpenRaster file, ours or another program's.

    Raises:
        PictureError: no OpenRaster file, damaged, cut off, or larger than the studio works with.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            return _Reader(archive, path.name).opened()
    except FileNotFoundError:
        raise PictureError(f"There is no file “{path}”.") from None
    except (zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError):
        raise PictureError(
            f"“{path.name}” isn't an OpenRaster file, or it is damaged.",
            "Open it in the program that made it, and save it again.",
        ) from None
    except OSError as error:
        raise PictureError(f"“{path.name}” can't be read: {error.strerror or error}.") from error


def thumbnail(pixels: Pixels) -> Pixels:
    """At most 256 pixels wide and high, (h, w, 4)."""
    image = Image.fromarray(pixels)
    image.thumbnail((THUMBNAIL_PX, THUMBNAIL_PX), reducing_gap=2.0)
    return np.asarray(image)


def _write_layer(archive: zipfile.ZipFile, number: int, layer: Layer) -> dict[str, Any]:
    """Write a layer's pixels; how stack and record speak of it."""
    bounds = layer.image.bounds()
    if bounds.is_empty:  # the specification knows no empty layers
        bounds = Area(0, 0, 1, 1)
    pixels = layer.image.read(bounds)
    entry: dict[str, Any] = {"layer": layer, "src": f"data/layer{number:03}.png", "area": bounds}
    if layer.mask is not None:
        mask = layer.mask.read(bounds)
        entry["pixels"] = f"pentimento/layer{number:03}.png"
        entry["mask"] = f"pentimento/layer{number:03}-mask.png"
        _write_png(archive, entry["pixels"], pixels)
        _write_png(archive, entry["mask"], mask)
        # Others know no masks: they see what is left of the layer.
        seen = (pixels[..., 3].astype(np.uint16) * mask + 127) // 255
        pixels = np.dstack([pixels[..., :3], seen.astype(np.uint8)])
    _write_png(archive, entry["src"], pixels)
    return entry


def _write_png(archive: zipfile.ZipFile, name: str, pixels: Pixels) -> None:
    with archive.open(zipfile.ZipInfo(name), "w", force_zip64=True) as stream:
        Image.fromarray(pixels).save(stream, "PNG", **_COMPRESSION)


def _stack(content: Content, entries: list[dict[str, Any]]) -> bytes:
    image = ElementTree.Element(
        "image", version="0.0.3", w=str(content.size.width), h=str(content.size.height)
    )
    stack = ElementTree.SubElement(image, "stack", name="root")
    for entry in reversed(entries):  # the topmost first
        layer, area = entry["layer"], entry["area"]
        ElementTree.SubElement(
            stack,
            "layer",
            {
                "name": layer.name,
                "src": entry["src"],
                "x": str(layer.x + area.x),
                "y": str(layer.y + area.y),
                "opacity": f"{layer.opacity:.6g}",
                "visibility": "visible" if layer.visible else "hidden",
                "composite-op": str(layer.blend_mode),
                **({"selected": "true"} if layer.id == content.active_id else {}),
            },
        )
    text: bytes = ElementTree.tostring(image, "utf-8", xml_declaration=True)
    return text


def _record(content: Content, entries: list[dict[str, Any]]) -> str:
    working = content.working_area
    record = {
        "version": 1,
        "prompt": content.prompt,
        "working_area": None
        if working is None
        else [working.x, working.y, working.width, working.height],
        "layers": [
            {
                "src": entry["src"],
                "id": entry["layer"].id,
                "kind": str(entry["layer"].kind),
                "x": entry["layer"].x,
                "y": entry["layer"].y,
                **{key: entry[key] for key in ("pixels", "mask") if key in entry},
            }
            for entry in entries
        ],
    }
    return json.dumps(record, indent=1, ensure_ascii=False)


class _Reader:
    """Reads one archive; nothing in it is believed before it was measured."""

    def __init__(self, archive: zipfile.ZipFile, name: str) -> None:
        self._archive = archive
        self._name = name
        self._lost: list[str] = []

    def opened(self) -> Opened:
        image = self._xml()
        size = self._size(image)
        record = self._record()
        known = {entry.get("src"): entry for entry in record.get("layers", ()) if entry}
        layers, active_id = [], None
        for element, frame in self._elements(image):
            layer = self._layer(element, frame, known.get(element.get("src")) or {})
            layers.append(layer)
            if element.get("selected") == "true":
                active_id = layer.id
        layers.reverse()
        if active_id is None and layers:
            active_id = layers[-1].id
        content = Content(size, tuple(layers), active_id, prompt=str(record.get("prompt") or ""))
        if MASK in self._archive.namelist():
            mask = self._png(MASK, "L")
            if mask.shape == (size.height, size.width):
                content = replace(content, mask=TiledImage.of(mask))
        content = replace(content, working_area=_box(record.get("working_area"), size))
        return Opened(content, tuple(dict.fromkeys(self._lost)))

    def _refused(self, why: str) -> PictureError:
        return PictureError(
            f"“{self._name}” can't be opened: {why}.",
            "Open it in the program that made it, and save it again.",
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
        content = self._bytes("stack.xml", MOST_XML_BYTES)
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
        if RECORD not in self._archive.namelist():
            return {}
        try:
            record = json.loads(self._bytes(RECORD, MOST_XML_BYTES))
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
                if count > MOST_LAYERS:
                    raise self._refused(f"it has more than {MOST_LAYERS} layers")
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

    def _layer(self, element: ElementTree.Element, frame: _Frame, known: dict[str, Any]) -> Layer:
        frame = frame.within(element)
        pixels = self._png(element.get("src", ""), "RGBA")
        x, y = frame.x, frame.y
        mask = None
        area = Area(0, 0, pixels.shape[1], pixels.shape[0])
        if "mask" in known and "pixels" in known:
            raw, own = self._png(str(known["pixels"]), "RGBA"), self._png(str(known["mask"]), "L")
            if raw.shape == pixels.shape and own.shape == pixels.shape[:2]:
                pixels, mask = raw, own
        layer_x, layer_y = _whole(known.get("x"), x), _whole(known.get("y"), y)
        shift = x - layer_x, y - layer_y
        if max(abs(shift[0]), abs(shift[1])) > MOST_LAYER_PX:
            layer_x, layer_y, shift = x, y, (0, 0)
        area = area.moved(*shift)
        image = TiledImage(4).written(area, pixels)
        try:
            mode = BlendMode(element.get("composite-op", str(BlendMode.NORMAL)))
        except ValueError:
            self._lost.append("A blend mode that the studio doesn't know became normal.")
            mode = BlendMode.NORMAL
        layer = Layer(
            element.get("name") or "Layer",
            image,
            _kind(known.get("kind")),
            None if mask is None else TiledImage(1).written(area, mask),
            frame.opacity,
            frame.visible,
            mode,
            layer_x,
            layer_y,
        )
        known_id = known.get("id")
        return replace(layer, id=known_id) if isinstance(known_id, str) and known_id else layer

    def _png(self, name: str, mode: str) -> Pixels:
        content = self._bytes(name, 4 * MOST_LAYER_PX * MOST_LAYER_PX)
        try:
            with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
                if max(image.size) > MOST_LAYER_PX or image.width * image.height > 2**28:
                    raise self._refused(f"a layer is {image.width} × {image.height} px")
                return np.asarray(image.convert(mode), np.uint8)
        except (UnidentifiedImageError, OSError, ValueError, SyntaxError):
            raise self._refused(f"its {name[:80]} is damaged") from None
        except Image.DecompressionBombError:
            raise self._refused("a layer is too large") from None


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


def _whole(value: object, otherwise: int) -> int:
    try:
        number = int(value)  # type: ignore[call-overload]
    except (TypeError, ValueError, OverflowError):
        return otherwise
    return int(number) if abs(number) <= MOST_LAYER_PX else otherwise


def _kind(value: object) -> LayerKind:
    known = isinstance(value, str) and value in list(LayerKind)
    return LayerKind(str(value)) if known else LayerKind.PICTURE


def _box(value: object, within: Size) -> Box | None:
    if not isinstance(value, list) or len(value) != 4:
        return None
    x, y, width, height = (_whole(number, 0) for number in value)
    return Area(x, y, x + width, y + height).box(within)
