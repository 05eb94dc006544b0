"""Writing OpenRaster files: band by band, and what an earlier save has packed isn't packed anew."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future
from typing import IO, Any, Final
from xml.etree import ElementTree
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

import numpy as np
from PIL import Image

from studio.document.area import Area
from studio.document.content import Content
from studio.document.layer import Layer
from studio.document.openraster import names
from studio.document.openraster.kept_bands import KeptBands, OpenedBands, Parts, key
from studio.document.openraster.pictures import Picture, image_parts, merged
from studio.document.png_bands import CHUNK_HEAD_BYTES, Band, PngWriter, in_order, packers
from studio.document.rendering.composite import sampled
from studio.document.tiles import TILE
from studio.domain.events import Pixels

OnPart = Callable[[int, int], None]
_Entry = dict[str, Any]


# So many of the picture's pixels both ways, at least, make one of the thumbnail.
_SAMPLES: Final = 4


def write(
    content: Content,
    stream: IO[bytes],
    on_part: OnPart = lambda done, total: None,
    before: KeptBands | None = None,
) -> KeptBands:
    """Write a document as OpenRaster, with some rows of one layer in memory at a time.

    Args:
        on_part: called as (done, total) before each band of rows, from 0 to total, in units of
            about the same work; what it raises ends the writing.
        before: where the bands of an earlier save of this document lie: those that stayed the
            same are copied.

    Returns:
        Where the bands lie in the new file, once `lies_at` has told which that is.
    """
    with (before or KeptBands()).opened() as kept:
        return _Writer(content, stream, on_part, kept).written()


class _Writer:
    """Writes one file."""

    def __init__(
        self, content: Content, stream: IO[bytes], on_part: OnPart, kept: OpenedBands
    ) -> None:
        self._content = content
        self._stream = stream
        self._on_part = on_part
        self._kept = kept
        self._written = KeptBands()
        self._shared: dict[Parts, Future[Band] | None] = {}
        self._done = self._total = 0

    def written(self) -> KeptBands:
        content = self._content
        entries = [_entry(number, layer) for number, layer in enumerate(content.layers)]
        pictures: list[Picture] = [picture for entry in entries for picture in entry["pictures"]]
        whole = merged(content)
        # Where one layer alone is seen, the merged picture has its bands.
        layers = {key(parts) for picture in pictures for _, parts in picture.bands}
        self._shared = {own: None for _, parts in whole.bands if (own := key(parts)) in layers}
        pictures.append(whole)
        if not content.mask.bounds().is_empty:
            pictures.append(Picture.of(names.MASK, content.mask, content.area))
        self._total = sum(
            self._work(picture, parts) for picture in pictures for _, parts in picture.bands
        )
        # Without dates, the same document is the same file.
        with ZipFile(self._stream, "w") as archive:
            archive.writestr(ZipInfo("mimetype"), names.MIME_TYPE)
            self._write(archive, pictures)
            with archive.open(ZipInfo(names.THUMBNAIL), "w") as entry:
                thumbnail(content).save(entry, "PNG")
            archive.writestr(ZipInfo(names.STACK), _stack(content, entries), ZIP_DEFLATED)
            archive.writestr(ZipInfo(names.RECORD), _record(content, entries), ZIP_DEFLATED)
        self._on_part(self._total, self._total)
        return self._written

    def _write(self, archive: ZipFile, pictures: list[Picture]) -> None:
        with packers() as executor:
            made = in_order(self._begun(pictures, executor))
            for picture in pictures:
                with archive.open(ZipInfo(picture.name), "w", force_zip64=True) as entry:
                    width, height = picture.area.width, picture.area.height
                    png = PngWriter(entry, width, height, picture.channels)
                    for _, parts in picture.bands:
                        self._on_part(self._done, self._total)
                        band = next(made)
                        self._written.note(parts, band, self._stream.tell() + CHUNK_HEAD_BYTES)
                        png.add(band)
                        self._done += self._work(picture, parts)
                    png.close()

    def _work(self, picture: Picture, parts: Parts) -> int:
        """How much packing a band takes, in tiles, and one for writing it."""
        if self._kept.has(parts) or (picture.name == names.MERGED and key(parts) in self._shared):
            return 1
        tiles = sum(isinstance(part, np.ndarray) for part in parts)
        return 1 + min(tiles, -(-picture.area.width // TILE))

    def _begun(self, pictures: list[Picture], executor: Executor) -> Iterator[Future[Band]]:
        """All bands in their order: copied, being packed, or those of a layer again."""
        for picture in pictures:
            for area, parts in picture.bands:
                own = key(parts)
                future = self._shared.get(own)
                if future is None:
                    if (kept := self._kept.find(parts)) is None:
                        future = executor.submit(picture.packed, area)
                    else:
                        future = Future()
                        future.set_result(kept)
                if own in self._shared:
                    self._shared[own] = future
                yield future


def thumbnail(content: Content) -> Image.Image:
    """The document at most 256 pixels wide and high."""
    step, longest = 1, max(content.size.width, content.size.height)
    while step < TILE and longest >= 2 * step * _SAMPLES * names.THUMBNAIL_PX:
        step *= 2
    pixels = sampled(content.layers, content.area, step)
    # Premultiplied: what is transparent doesn't colour what is beside it.
    size = pixels.shape[1], pixels.shape[0]
    image = Image.frombytes("RGBa", size, pixels[..., (2, 1, 0, 3)].tobytes())
    image.thumbnail((names.THUMBNAIL_PX, names.THUMBNAIL_PX), reducing_gap=2.0)
    return image.convert("RGBA")


def _entry(number: int, layer: Layer) -> _Entry:
    """How stack and record speak of a layer, and its pictures."""
    image, mask = layer.image, layer.mask
    bounds = image.bounds()
    if mask is not None:
        # What is painted beyond the pixels later must find the mask as it was.
        bounds = bounds.around(mask.bounds())
    if bounds.is_empty:  # the specification knows no empty layers
        bounds = Area(0, 0, 1, 1)
    entry: _Entry = {"layer": layer, "src": f"data/layer{number:03}.png", "area": bounds}
    if mask is None:
        return entry | {"pictures": [Picture.of(entry["src"], image, bounds)]}

    def seen(band: Area) -> Pixels:
        pixels = image.read(band)
        alpha = pixels[..., 3]
        alpha[:] = (alpha.astype(np.uint16) * mask.read(band) + 127) // 255
        return pixels

    def parts(band: Area) -> Parts:
        return *image_parts(image, band), *image_parts(mask, band)

    entry["pixels"] = f"pentimento/layer{number:03}.png"
    entry["mask"] = f"pentimento/layer{number:03}-mask.png"
    entry["mask_fill"] = mask.fill
    return entry | {
        "pictures": [
            Picture.of(entry["pixels"], image, bounds),
            Picture.of(entry["mask"], mask, bounds),
            # Others know no masks: they see what is left of the layer.
            Picture(entry["src"], bounds, 4, parts, seen),
        ]
    }


def _stack(content: Content, entries: list[_Entry]) -> bytes:
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


def _record(content: Content, entries: list[_Entry]) -> str:
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
                **{key: entry[key] for key in ("pixels", "mask", "mask_fill") if key in entry},
            }
            for entry in entries
        ],
    }
    return json.dumps(record, indent=1, ensure_ascii=False)
