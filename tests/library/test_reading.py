from __future__ import annotations

import io
import struct
import sys
import zlib
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image, ImageCms, PngImagePlugin

from studio.domain.errors import PictureError
from studio.library.labels import png
from studio.library.reading import MAX_FILE_BYTES, decode_picture, read_picture
from tests.support.samples import noise

PICTURES = Path(__file__).parents[1] / "support" / "pictures"

SMOOTH = np.stack(np.broadcast_arrays(*np.ogrid[0:240:24j, 0:240:32j], 90), -1).astype(np.uint8)


def saved(image: Image.Image, image_format: str, **details: Any) -> bytes:
    file = io.BytesIO()
    image.save(file, image_format, **details)
    return file.getvalue()


def chunk(kind: bytes, content: bytes) -> bytes:
    checksum = zlib.crc32(content, zlib.crc32(kind))
    return struct.pack(">I4s", len(content), kind) + content + struct.pack(">I", checksum)


def png_of(width: int, height: int, stream: bytes, *extra: bytes) -> bytes:
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = [png.SIGNATURE, chunk(b"IHDR", header), *extra, chunk(b"IDAT", stream)]
    return b"".join([*parts, chunk(b"IEND", b"")])


@pytest.mark.parametrize("image_format", ["PNG", "BMP", "TIFF", "GIF"])
def test_lossless_formats_give_every_pixel_back(image_format: str) -> None:
    pixels = noise(1, 8, 6)
    assert np.array_equal(decode_picture(saved(Image.fromarray(pixels), image_format), "a"), pixels)


@pytest.mark.parametrize("image_format", ["JPEG", "WEBP", "AVIF"])
def test_lossy_formats_give_nearly_the_same(image_format: str) -> None:
    pixels = decode_picture(saved(Image.fromarray(SMOOTH), image_format, quality=95), "a")
    assert np.abs(pixels.astype(int) - SMOOTH).mean() < 4


@pytest.mark.parametrize("orientation", range(1, 9))
def test_the_picture_is_turned_as_the_camera_says(orientation: int) -> None:
    turned = {
        1: SMOOTH,
        2: SMOOTH[:, ::-1],
        3: SMOOTH[::-1, ::-1],
        4: SMOOTH[::-1],
        5: SMOOTH.transpose(1, 0, 2),
        6: SMOOTH.transpose(1, 0, 2)[:, ::-1],
        7: SMOOTH.transpose(1, 0, 2)[::-1, ::-1],
        8: SMOOTH.transpose(1, 0, 2)[::-1],
    }
    exif = Image.Exif()
    exif[0x0112] = orientation
    content = saved(Image.fromarray(SMOOTH), "PNG", exif=exif)
    assert np.array_equal(decode_picture(content, "a"), turned[orientation])


def test_transparency_lies_on_white_or_is_kept() -> None:
    pixels = np.zeros((2, 2, 4), np.uint8)
    pixels[0, 0] = (10, 20, 30, 255)
    content = saved(Image.fromarray(pixels), "PNG")
    flat = decode_picture(content, "a")
    assert flat[0, 0].tolist() == [10, 20, 30]
    assert flat[1, 1].tolist() == [255, 255, 255]
    assert np.array_equal(decode_picture(content, "a", keep_alpha=True), pixels)


def test_a_palette_with_a_transparent_colour_is_transparent() -> None:
    image = Image.new("P", (2, 1))
    image.putpalette([255, 0, 0, 0, 255, 0])
    image.putpixel((1, 0), 1)
    pixels = decode_picture(saved(image, "PNG", transparency=1), "a", keep_alpha=True)
    assert pixels[0].tolist() == [[255, 0, 0, 255], [0, 255, 0, 0]]


@pytest.mark.parametrize("mode", ["RGB", "RGBA"])
def test_what_is_transparent_nowhere_has_no_alpha_to_keep(mode: str) -> None:
    content = saved(Image.fromarray(SMOOTH).convert(mode), "PNG")
    assert np.array_equal(decode_picture(content, "a", keep_alpha=True), SMOOTH)
    assert np.array_equal(decode_picture(content, "a"), SMOOTH)


def test_other_modes_become_rgb() -> None:
    grey16 = Image.fromarray(np.array([[0, 32_768, 65_535]], np.uint16))
    assert decode_picture(saved(grey16, "PNG"), "a")[0, :, 0].tolist() == [0, 128, 255]
    assert decode_picture(saved(Image.new("L", (1, 1), 77), "PNG"), "a").tolist() == [[[77] * 3]]
    assert decode_picture(saved(Image.new("1", (1, 1), 1), "PNG"), "a").tolist() == [[[255] * 3]]
    assert decode_picture(saved(Image.new("CMYK", (9, 9)), "JPEG"), "a").min() > 250


def test_colours_of_other_profiles_become_srgb() -> None:
    srgb = ImageCms.ImageCmsProfile(ImageCms.createProfile("sRGB")).tobytes()
    content = saved(Image.fromarray(SMOOTH), "PNG", icc_profile=srgb)
    assert np.abs(decode_picture(content, "a").astype(int) - SMOOTH).max() <= 1
    # A profile whose red primary is sRGB's blue and the other way round.
    swapped = srgb.replace(b"rXYZ", b"?XYZ").replace(b"bXYZ", b"rXYZ").replace(b"?XYZ", b"bXYZ")
    content = saved(Image.fromarray(SMOOTH), "PNG", icc_profile=swapped)
    assert np.abs(decode_picture(content, "a").astype(int) - SMOOTH[..., ::-1]).max() <= 1


def test_a_broken_profile_is_as_good_as_none() -> None:
    content = saved(Image.fromarray(SMOOTH), "PNG", icc_profile=b"no profile")
    assert np.array_equal(decode_picture(content, "a"), SMOOTH)


def test_a_phones_picture_is_opened() -> None:
    seen = read_picture(PICTURES / "two-colours.heic").astype(int)
    assert seen.shape == (48, 64, 3)
    assert np.abs(seen[:, :30] - (200, 30, 40)).max() < 12
    assert np.abs(seen[:, 34:] - (20, 120, 200)).max() < 12


def test_without_the_package_for_it_the_way_out_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pi_heif", None)
    with pytest.raises(PictureError, match="pi-heif") as caught:
        read_picture(PICTURES / "two-colours.heic")
    assert "JPEG" in caught.value.remedy


def test_the_first_frame_of_an_animation_counts() -> None:
    frames = [Image.new("RGB", (4, 4), colour) for colour in ("red", "blue")]
    content = saved(frames[0], "GIF", save_all=True, append_images=frames[1:])
    assert decode_picture(content, "a")[0, 0].tolist() == [255, 0, 0]


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"<html>please log in</html>",
        b'<svg xmlns="http://www.w3.org/2000/svg"/>',
        b"%!PS-Adobe-3.0 EPSF-3.0\n",
        b"\x00" * 1000,
        saved(Image.fromarray(SMOOTH), "PCX"),
        saved(Image.fromarray(SMOOTH), "ICO"),
    ],
    ids=["empty", "web page", "svg", "eps", "zeros", "pcx", "ico"],
)
def test_other_kinds_are_refused_by_name(content: bytes) -> None:
    with pytest.raises(PictureError, match="not a picture that the studio opens") as raised:
        decode_picture(content, "a.png")
    assert "PNG, JPEG" in raised.value.remedy


@pytest.mark.parametrize("image_format", ["PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF"])
def test_what_is_cut_off_is_refused(image_format: str) -> None:
    content = saved(Image.fromarray(noise(3, 40, 40)), image_format)
    for part in (0.3, 0.6, 0.9):
        with pytest.raises(PictureError):
            decode_picture(content[: int(len(content) * part)], "a")


def test_missing_rows_are_noticed_though_the_decoder_does_not() -> None:
    rows = (b"\0" + b"\x40" * 30) * 4
    content = png_of(10, 1000, zlib.compress(rows))
    with Image.open(io.BytesIO(content), formats=("PNG",)) as image:
        image.load()  # no complaint
    with pytest.raises(PictureError, match="damaged"):
        decode_picture(content, "a")


@pytest.mark.parametrize("interlaced", [False, True])
@pytest.mark.parametrize("mode", ["1", "L", "P", "RGB", "RGBA", "LA"])
@pytest.mark.parametrize("size", [(1, 1), (3, 5), (9, 8), (17, 2)])
def test_whole_pngs_of_every_kind_pass(interlaced: bool, mode: str, size: tuple[int, int]) -> None:
    content = saved(Image.new(mode, size), "PNG")
    if interlaced:
        content = as_adam7(content, size)
    png.check_rows(io.BytesIO(content))
    assert decode_picture(content, "a").shape == (size[1], size[0], 3)


def as_adam7(content: bytes, size: tuple[int, int]) -> bytes:
    """A PNG with the header of `content`, interlaced, all zeros."""
    bits = content[24] * {0: 1, 2: 3, 3: 1, 4: 2, 6: 4}[content[25]]
    # The passes' pixels, counted one by one: the place in each 8 × 8 square says which pass.
    passes = [
        "1 6 4 6 2 6 4 6", "7 7 7 7 7 7 7 7", "5 6 5 6 5 6 5 6", "7 7 7 7 7 7 7 7",
        "3 6 4 6 3 6 4 6", "7 7 7 7 7 7 7 7", "5 6 5 6 5 6 5 6", "7 7 7 7 7 7 7 7",
    ]  # fmt: skip
    rows: dict[tuple[str, int], int] = {}
    for y in range(size[1]):
        for x in range(size[0]):
            key = (passes[y % 8].split()[x % 8], y)
            rows[key] = rows.get(key, 0) + 1
    zeros = bytes(sum(1 + (count * bits + 7) // 8 for count in rows.values()))
    header = content[16:28] + b"\1"
    palette = [chunk(b"PLTE", bytes(3))] if b"PLTE" in content else []
    parts = [chunk(b"IHDR", header), *palette, chunk(b"IDAT", zlib.compress(zeros))]
    return png.SIGNATURE + b"".join(parts) + chunk(b"IEND", b"")


@pytest.mark.parametrize("side", [8_193, 13_000, 14_000, 65_535])
def test_too_many_pixels_are_refused_before_decoding(side: int) -> None:
    content = png_of(side, side, zlib.compress(b""))
    with pytest.raises(PictureError, match="67 million"):
        decode_picture(content, "a")


def test_too_large_files_are_refused_unread(tmp_path: Path) -> None:
    path = tmp_path / "large.png"
    with path.open("wb") as file:
        file.truncate(MAX_FILE_BYTES + 1)
    with pytest.raises(PictureError, match="256 MiB"):
        read_picture(path)


def test_a_text_bomb_costs_the_text_not_the_picture() -> None:
    text = PngImagePlugin.PngInfo()
    text.add_text("Comment", "x" * 20_000_000, zip=True)
    content = saved(Image.fromarray(SMOOTH), "PNG", pnginfo=text)
    assert np.array_equal(decode_picture(content, "a"), SMOOTH)


def test_a_missing_file_or_a_folder_is_said(tmp_path: Path) -> None:
    with pytest.raises(PictureError, match="There is no file"):
        read_picture(tmp_path / "a.png")
    with pytest.raises(PictureError, match="can't be read"):
        read_picture(tmp_path)


SEEDS = {
    name: saved(Image.fromarray(SMOOTH), name)
    for name in ("PNG", "JPEG", "WEBP", "TIFF", "BMP", "GIF", "AVIF")
}


@settings(max_examples=300, suppress_health_check=[HealthCheck.too_slow], deadline=None)
@given(st.sampled_from(sorted(SEEDS)), st.data())
@pytest.mark.filterwarnings("ignore")  # a decoder may well warn about what is damaged
def test_any_damage_ends_in_a_picture_or_a_sentence(name: str, data: st.DataObject) -> None:
    content = bytearray(SEEDS[name])
    for _ in range(data.draw(st.integers(1, 8))):
        content[data.draw(st.integers(0, len(content) - 1))] = data.draw(st.integers(0, 255))
    try:
        pixels = decode_picture(bytes(content), "a")
    except PictureError as error:
        assert error.sentence.endswith(".")
    else:
        assert pixels.dtype == np.uint8
        assert pixels.shape[2] == 3
