"""PNG in bands: any decoder reads what was written, and every checksum is right."""

from __future__ import annotations

import io
import struct
import zlib
from itertools import pairwise

import numpy as np
from hypothesis import given
from hypothesis import strategies as st
from PIL import Image

from studio.document import Area
from studio.document.png_bands import PngWriter, bands, packed
from studio.domain.events import Pixels
from tests.support.documents import few, noise


def as_png(pixels: Pixels, cuts: list[int]) -> bytes:
    """`pixels` as a PNG whose bands end at these rows."""
    height, width = pixels.shape[:2]
    stream = io.BytesIO()
    writer = PngWriter(stream, width, height, 1 if pixels.ndim == 2 else pixels.shape[2])
    edges = sorted({0, height, *(cut % height for cut in cuts)})
    for top, bottom in pairwise(edges):
        writer.add(packed(pixels[top:bottom]))
    writer.close()
    return stream.getvalue()


def chunks(content: bytes) -> list[tuple[bytes, bytes]]:
    found, at = [], 8
    while at < len(content):
        length, kind = struct.unpack_from(">I4s", content, at)
        data = content[at + 8 : at + 8 + length]
        (crc,) = struct.unpack_from(">I", content, at + 8 + length)
        assert crc == zlib.crc32(kind + data)
        found.append((kind, data))
        at += 12 + length
    return found


@given(
    st.integers(1, 70),
    st.integers(1, 70),
    st.sampled_from([1, 3, 4]),
    st.lists(st.integers(0, 69), max_size=4),
    st.sampled_from(["noise", "flat", "ramp"]),
)
@few
def test_what_is_written_is_read_again(
    width: int, height: int, channels: int, cuts: list[int], kind: str
) -> None:
    pixels = noise(width, height, channels)
    if kind == "flat":
        pixels[:] = 200
    elif kind == "ramp":
        pixels[:] = np.arange(height, dtype=np.uint8).reshape(-1, *[1] * (pixels.ndim - 1))
    content = as_png(pixels, cuts)
    with Image.open(io.BytesIO(content), formats=["PNG"]) as image:
        assert np.array_equal(np.asarray(image), pixels)
    # Pillow doesn't look at the last checksum; zlib does.
    raw = zlib.decompress(b"".join(data for kind, data in chunks(content) if kind == b"IDAT"))
    assert len(raw) == height * (1 + width * channels)


def test_a_band_is_the_same_wherever_it_stands() -> None:
    pixels = noise(40, 30, 3)
    alone = packed(pixels[10:20])
    assert alone.data in as_png(pixels, [10, 20])


def test_what_is_flat_takes_next_to_nothing_and_noise_hardly_more_than_itself() -> None:
    assert len(packed(np.zeros((256, 1024, 4), np.uint8)).data) < 1 << 15
    assert len(packed(noise(1024, 256)).data) < 1.01 * (1 << 20)


@given(st.integers(-700, 700), st.integers(1, 900))
@few
def test_bands_are_whole_rows_of_tiles(top: int, height: int) -> None:
    area = Area(-3, top, 50, top + height)
    found = list(bands(area))
    assert found[0].y == area.y
    assert found[-1].bottom == area.bottom
    for band, following in pairwise(found):
        assert band.bottom == following.y
        assert following.y % 256 == 0
    assert all((band.x, band.right) == (-3, 50) and band.height <= 256 for band in found)
