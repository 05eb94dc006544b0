"""Writing OpenRaster files: band by band, and what an earlier save has packed isn't packed anew."""

from __future__ import annotations

import json
import os
import zipfile
from collections import deque
from collections.abc import Callable, Iterator
from concurrent.futures import Executor, Future, ThreadPoolExecutor
from typing import IO, Any, Final
from xml.etree import ElementTree

import numpy as np
from PIL import Image

from studio.document.area import Area
from studio.document.content import Content
from studio.document.layer import Layer
from studio.document.openraster import names
from studio.document.openraster.kept_bands import KeptBands, OpenedBands, Parts, key
from studio.document.png_bands import CHUNK_HEAD_BYTES, Band, PngWriter, bands, packed
from studio.document.rendering.composite import flatten_layers, is_plain, sampled
from studio.document.tiles import TILE, TiledImage, pieces
from studio.domain.events import Pixels

OnPart = Callable[[int, int], None]
_Entry = dict[str, Any]

# Each holds one band in memory; more than these wait for the disk.
_MOST_THREADS: Final = 4

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


class _Picture:
    """One PNG of the file: `area` of something, whose pixels (h, w[, 4]) are made of `parts`."""

    def __init__(
        self,
        name: str,
        area: Area,
        channels: int,
        parts: Callable[[Area], Parts],
        pixels: Callable[[Area], Pixels],
    ) -> None:
        self.name = name
        self.area = area
        self.channels = channels
        self.bands = [(band, (channels, *parts(band))) for band in bands(area)]
        self._pixels = pixels

    @classmethod
    def of(cls, name: str, image: TiledImage, area: Area) -> _Picture:
        """`area` of an image; without alpha where all of it is opaque."""
        channels = 3 if image.channels == 4 and _is_opaque(image, area) else image.channels
        return cls(name, area, channels, lambda band: _parts(image, band), image.read)

    def packed(self, band: Area) -> Band:
        pixels = self._pixels(band)
        if self.channels == 3:
            colours = np.empty((*pixels.shape[:2], 3), np.uint8)
            for channel in range(3):  # one by one: several times as fast as three at once
                colours[..., channel] = pixels[..., channel]
            pixels = colours
        return packed(pixels)


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
        pictures: list[_Picture] = [picture for entry in entries for picture in entry["pictures"]]
        merged = _merged(content)
        # Where one layer alone is seen, the merged picture has its bands.
        layers = {key(parts) for picture in pictures for _, parts in picture.bands}
        self._shared = {own: None for _, parts in merged.bands if (own := key(parts)) in layers}
        pictures.append(merged)
        if not content.mask.bounds().is_empty:
            pictures.append(_Picture.of(names.MASK, content.mask, content.area))
        self._total = sum(
            self._work(picture, parts) for picture in pictures for _, parts in picture.bands
        )
        with zipfile.ZipFile(self._stream, "w", zipfile.ZIP_STORED) as archive:
            archive.writestr("mimetype", names.MIME_TYPE)
            self._write(archive, pictures)
            with archive.open(names.THUMBNAIL, "w") as entry:
                thumbnail(content).save(entry, "PNG")
            archive.writestr(names.STACK, _stack(content, entries), zipfile.ZIP_DEFLATED)
            archive.writestr(names.RECORD, _record(content, entries), zipfile.ZIP_DEFLATED)
        self._on_part(self._total, self._total)
        return self._written

    def _write(self, archive: zipfile.ZipFile, pictures: list[_Picture]) -> None:
        threads = min(_MOST_THREADS, os.cpu_count() or 1)
        executor = ThreadPoolExecutor(threads, thread_name_prefix="packing")
        try:
            made = self._bands(pictures, executor, threads)
            for picture in pictures:
                with archive.open(zipfile.ZipInfo(picture.name), "w", force_zip64=True) as entry:
                    width, height = picture.area.width, picture.area.height
                    png = PngWriter(entry, width, height, picture.channels)
                    for _, parts in picture.bands:
                        self._on_part(self._done, self._total)
                        band = next(made)
                        self._written.note(parts, band, self._stream.tell() + CHUNK_HEAD_BYTES)
                        png.add(band)
                        self._done += self._work(picture, parts)
                    png.close()
        finally:
            executor.shutdown(cancel_futures=True)

    def _work(self, picture: _Picture, parts: Parts) -> int:
        """How much packing a band takes, in tiles, and one for writing it."""
        if self._kept.has(parts) or (picture.name == names.MERGED and key(parts) in self._shared):
            return 1
        tiles = sum(isinstance(part, np.ndarray) for part in parts)
        return 1 + min(tiles, -(-picture.area.width // TILE))

    def _bands(self, pictures: list[_Picture], executor: Executor, ahead: int) -> Iterator[Band]:
        """All bands in their order, `ahead` of them being packed while one is written."""
        begun: deque[Future[Band]] = deque()
        for picture in pictures:
            for area, parts in picture.bands:
                begun.append(self._begun(picture, area, parts, executor))
                if len(begun) > ahead:
                    yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()

    def _begun(
        self, picture: _Picture, area: Area, parts: Parts, executor: Executor
    ) -> Future[Band]:
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
        return future


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
    if bounds.is_empty:  # the specification knows no empty layers
        bounds = Area(0, 0, 1, 1)
    entry: _Entry = {"layer": layer, "src": f"data/layer{number:03}.png", "area": bounds}
    if mask is None:
        return entry | {"pictures": [_Picture.of(entry["src"], image, bounds)]}

    def seen(band: Area) -> Pixels:
        pixels = image.read(band)
        alpha = pixels[..., 3]
        alpha[:] = (alpha.astype(np.uint16) * mask.read(band) + 127) // 255
        return pixels

    def parts(band: Area) -> Parts:
        return *_parts(image, band), *_parts(mask, band)

    entry["pixels"] = f"pentimento/layer{number:03}.png"
    entry["mask"] = f"pentimento/layer{number:03}-mask.png"
    return entry | {
        "pictures": [
            _Picture.of(entry["pixels"], image, bounds),
            _Picture.of(entry["mask"], mask, bounds),
            # Others know no masks: they see what is left of the layer.
            _Picture(entry["src"], bounds, 4, parts, seen),
        ]
    }


def _merged(content: Content) -> _Picture:
    layers = [layer for layer in content.layers if layer.is_seen]
    is_opaque = any(
        is_plain(layer) and _is_opaque(layer.image, content.area.moved(-layer.x, -layer.y))
        for layer in layers
    )

    def parts(band: Area) -> Parts:
        near = []
        for layer in layers:
            own = band.moved(-layer.x, -layer.y)
            if any(layer.image.tile(index) is not None for index, _, _ in pieces(own)):
                near.append((layer, own))
        if len(near) == 1 and is_plain(near[0][0]):
            return _parts(near[0][0].image, near[0][1])  # `flatten` leaves its bytes as they are
        made_of: list[object] = [band.width, band.height]
        for layer, own in near:
            made_of += (layer.opacity, layer.blend_mode, *_parts(layer.image, own))
            if layer.mask is not None:
                made_of += _parts(layer.mask, own)
        return tuple(made_of)

    return _Picture(
        names.MERGED,
        content.area,
        3 if is_opaque else 4,
        parts,
        lambda band: flatten_layers(layers, band),
    )


def _parts(image: TiledImage, area: Area) -> Parts:
    """All that the pixels of an image in `area` depend on."""
    tiles = (image.tile(index) for index, _, _ in pieces(area))
    place = area.x % TILE, area.y % TILE
    return image.channels, image.fill, area.width, area.height, *place, *tiles


def _is_opaque(image: TiledImage, area: Area) -> bool:
    """Whether there is no transparent pixel in `area`."""
    for index, inner, _ in pieces(area):
        tile = image.tile(index)
        # One pixel often tells without looking at all of them.
        if tile is None or tile[inner.y, inner.x, 3] < 255:
            return False
        if not (tile[inner.slices][..., 3] == 255).all():
            return False
    return True


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
                **{key: entry[key] for key in ("pixels", "mask") if key in entry},
            }
            for entry in entries
        ],
    }
    return json.dumps(record, indent=1, ensure_ascii=False)
