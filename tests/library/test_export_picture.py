from __future__ import annotations

import errno
import io
import struct
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import Image, ImageCms

from studio.domain.errors import PictureError, StorageError, UsageError
from studio.library import (
    NO_METADATA,
    MetadataChoice,
    PictureFormat,
    export_picture,
    export_pixels,
    pixel_digest,
    read_record,
    read_request,
)
from studio.library.picture import Picture, PictureRecord
from studio.library.reading import read_picture
from studio.library.store import Store
from tests.support.samples import FailingDisk, a_request, noise

SMOOTH = np.stack(np.broadcast_arrays(*np.ogrid[0:200:48j, 0:200:64j], 90), -1).astype(np.uint8)


@pytest.fixture
def picture(store: Store) -> Picture:
    return store.record(SMOOTH, a_request(prompt="Kätzchen 🐈\nim Schnee"), index=3)


@pytest.mark.parametrize(
    ("name", "format_"),
    [
        ("a.png", "PNG"),
        ("a.jpg", "JPEG"),
        ("a.JPEG", "JPEG"),
        ("a.webp", "WEBP"),
        ("a.avif", "AVIF"),
    ],
)
def test_the_suffix_decides_the_format(
    picture: Picture, tmp_path: Path, name: str, format_: str
) -> None:
    path = tmp_path / name
    export_picture(picture, path)
    with Image.open(path, formats=("PNG", "JPEG", "WEBP", "AVIF")) as image:
        assert image.format == format_
    pixels = read_picture(path)
    error = np.abs(pixels.astype(int) - SMOOTH)
    assert error.max() == 0 if format_ == "PNG" else error.mean() < 3
    assert read_record(path) == picture.record
    assert read_request(path) == picture.request


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif"])
def test_the_file_says_that_its_colours_are_srgb(
    picture: Picture, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    export_picture(picture, path, metadata=NO_METADATA)
    with Image.open(path) as image:
        profile = image.info["icc_profile"]
    named = ImageCms.ImageCmsProfile(io.BytesIO(profile)).profile.profile_description
    assert "sRGB" in named
    if suffix == ".png":
        assert np.array_equal(read_picture(path), read_picture(picture.path))


def test_transparency_is_kept_where_the_format_has_it(tmp_path: Path) -> None:
    pixels = np.dstack([SMOOTH, np.arange(48 * 64, dtype=np.uint8).reshape(48, 64)])
    for name in ("a.png", "a.webp"):
        export_pixels(pixels, tmp_path / name, record=None)
        assert np.array_equal(
            read_picture(tmp_path / name, keep_alpha=True)[..., 3], pixels[..., 3]
        )
    export_pixels(pixels, tmp_path / "a.avif", record=None)
    alpha = read_picture(tmp_path / "a.avif", keep_alpha=True)[..., 3]
    assert np.abs(alpha.astype(int) - pixels[..., 3]).mean() < 4
    with pytest.raises(PictureError, match="JPEG can't be transparent"):
        export_pixels(pixels, tmp_path / "a.jpg", record=None)
    assert not (tmp_path / "a.jpg").exists()


def test_a_transparent_picture_of_the_history_stays_so_but_in_a_jpeg(
    store: Store, tmp_path: Path
) -> None:
    pixels = np.dstack([SMOOTH, np.zeros((48, 64), np.uint8)])
    picture = store.record(pixels, a_request())
    assert np.array_equal(store.pixels(picture), pixels)
    assert store.find(pixel_digest(pixels)) == picture
    export_picture(picture, tmp_path / "a.png")
    assert np.array_equal(read_picture(tmp_path / "a.png", keep_alpha=True), pixels)
    export_picture(picture, tmp_path / "a.jpg")
    assert read_picture(tmp_path / "a.jpg").min() == 255


@pytest.mark.parametrize("format_", list(PictureFormat))
def test_metadata_may_be_left_out(picture: Picture, tmp_path: Path, format_: str) -> None:
    path = tmp_path / "picture"
    export_picture(picture, path, format=format_, metadata=NO_METADATA)
    assert read_record(path) is None
    assert "Kätzchen".encode("utf-16-be") not in path.read_bytes()
    assert b"pentimento" not in path.read_bytes()


def test_quality_counts(picture: Picture, tmp_path: Path) -> None:
    for name in ("jpg", "webp", "avif"):
        sizes = []
        for quality in (10, 60, 100):
            path = tmp_path / f"{quality}.{name}"
            export_pixels(noise(1), path, record=None, quality=quality)
            sizes.append(path.stat().st_size)
        assert sizes == sorted(sizes)
        assert sizes[0] < sizes[2]


def test_an_existing_file_is_replaced_only_when_asked(picture: Picture, tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"mine")
    with pytest.raises(StorageError, match="already"):
        export_picture(picture, path)
    assert path.read_bytes() == b"mine"
    export_picture(picture, path, overwrite=True)
    assert read_record(path) == picture.record


@pytest.mark.parametrize(
    ("name", "details"),
    [
        ("a.tga", {}),
        ("a", {}),
        ("a.png", {"format": "JPEG"}),
        ("a.jpg", {"format": "GIF"}),
        ("a.jpg", {"quality": 0}),
        ("a.jpg", {"quality": 101}),
    ],
)
def test_what_makes_no_sense_is_said(
    picture: Picture, tmp_path: Path, name: str, details: dict[str, object]
) -> None:
    with pytest.raises(UsageError):
        export_picture(picture, tmp_path / name, **details)  # type: ignore[arg-type]
    assert not (tmp_path / name).exists()


def test_a_full_disk_at_any_call_keeps_the_old_file(tmp_path: Path) -> None:
    path = tmp_path / "a.png"
    path.write_bytes(b"mine")
    for fail_at in range(1, 5):
        with pytest.raises(StorageError, match="disk is full"):
            export_pixels(
                SMOOTH, path, record=None, overwrite=True, disk=FailingDisk(fail_at, errno.ENOSPC)
            )
        assert path.read_bytes() == b"mine"
        assert [other.name for other in tmp_path.iterdir()] == ["a.png"]


def test_a_missing_folder_is_said(picture: Picture, tmp_path: Path) -> None:
    with pytest.raises(StorageError, match="no folder"):
        export_picture(picture, tmp_path / "nowhere" / "a.png")


def test_a_lost_picture_is_said(picture: Picture, tmp_path: Path) -> None:
    picture.path.unlink()
    with pytest.raises(PictureError, match="no file"):
        export_picture(picture, tmp_path / "a.png")
    assert not (tmp_path / "a.png").exists()


def test_a_picture_too_wide_for_webp_is_said(tmp_path: Path) -> None:
    wide = np.zeros((1, 16_384, 3), np.uint8)
    with pytest.raises(PictureError, match="16383 px") as raised:
        export_pixels(wide, tmp_path / "a.webp", record=None)
    assert raised.value.remedy == "Use PNG."
    export_pixels(wide, tmp_path / "a.png", record=None)


def a_photo(path: Path) -> Path:
    """As a camera writes it: turned, with its maker, the place, a preview and its own notes."""
    exif = Image.Exif()
    exif[0x010F], exif[0x0112] = "Lumen", 6
    exif.get_ifd(0x8769).update({0x829A: 0.004, 0x927C: b"notes", 0xA002: 64})
    exif.get_ifd(0x8825).update({1: "N", 2: (52.0, 31.0, 0.0)})
    Image.fromarray(SMOOTH).save(path, "JPEG", exif=exif.tobytes())
    return path


@pytest.fixture
def imported(tmp_path: Path) -> Picture:
    path = a_photo(tmp_path / "photo.jpg")
    pixels = read_picture(path)
    record = PictureRecord(None, 0, datetime(2026, 11, 21, tzinfo=UTC), 0.0, pixel_digest(pixels))
    return Picture(1, path, 48, 64, has_steps=False, record=record)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif"])
def test_camera_and_place_of_a_photo_stay_behind(
    imported: Picture, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    export_picture(imported, path)
    assert b"Lumen" not in path.read_bytes()
    with Image.open(path) as image:
        assert not image.getexif().get_ifd(0x8825)
        assert image.size == (48, 64)


@pytest.mark.parametrize("suffix", [".png", ".jpg", ".webp", ".avif"])
def test_camera_and_place_are_kept_when_chosen(
    imported: Picture, tmp_path: Path, suffix: str
) -> None:
    path = tmp_path / f"a{suffix}"
    export_picture(imported, path, metadata=MetadataChoice(camera=True))
    with Image.open(path) as image:
        exif = image.getexif()
        assert exif[0x010F] == "Lumen"
        assert exif.get_ifd(0x8825)[2] == (52.0, 31.0, 0.0)
        assert float(exif.get_ifd(0x8769)[0x829A]) == 0.004
        # It is upright already, and its notes would point to nowhere.
        assert exif.get(0x0112, 1) == 1
        assert 0x927C not in exif.get_ifd(0x8769)
    assert read_picture(path).shape == (64, 48, 3)


def test_the_preview_in_a_photo_stays_behind(imported: Picture, tmp_path: Path) -> None:
    preview = io.BytesIO()
    Image.new("RGB", (32, 24), "red").save(preview, "JPEG")
    start = 8 + 2 + 12 + 4 + 8 + 2 + 24 + 4
    block = struct.pack(">2sHI", b"MM", 42, 8)
    block += struct.pack(">HHHII", 1, 0x010F, 2, 6, 26) + struct.pack(">I", 34) + b"Lumen\0\0\0"
    block += struct.pack(">HHHII", 2, 0x0201, 4, 1, start)
    block += struct.pack(">HHIII", 0x0202, 4, 1, len(preview.getvalue()), 0) + preview.getvalue()
    Image.fromarray(SMOOTH).save(imported.path, "JPEG", exif=b"Exif\0\0" + block)
    assert preview.getvalue() in imported.path.read_bytes()
    export_picture(imported, tmp_path / "a.jpg", metadata=MetadataChoice(camera=True))
    content = (tmp_path / "a.jpg").read_bytes()
    assert b"Lumen" in content
    assert preview.getvalue()[-200:] not in content


@pytest.mark.filterwarnings("ignore:Corrupt EXIF", "ignore:Truncated", "ignore:Tag data")
def test_broken_camera_data_is_left_behind(imported: Picture, tmp_path: Path) -> None:
    content = imported.path.read_bytes()
    start = content.index(b"Exif") + 6
    for place in range(start, start + 120, 3):
        imported.path.write_bytes(content[:place] + b"\xff" + content[place + 1 :])
        export_picture(
            imported, tmp_path / "a.jpg", metadata=MetadataChoice(camera=True), overwrite=True
        )
        assert read_picture(tmp_path / "a.jpg").size
