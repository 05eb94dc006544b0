"""Pictures of any origin come into the history, whole and unchanged, or are named."""

from __future__ import annotations

import asyncio
import errno
import hashlib
import os
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from PIL import ExifTags, Image, PngImagePlugin

from studio.domain.errors import StorageError
from studio.domain.operation import Operation
from studio.library.import_into import import_into
from studio.library.importing import (
    THUMBNAIL_SIDES_PX,
    Import,
    ImportReport,
    find_pictures,
)
from studio.library.library import Library
from studio.library.picture import ParentRole, Picture
from studio.library.query import parse
from studio.library.reading import read_picture
from studio.library.small_copies import small_copy
from studio.library.store import Store
from studio.library.thumbnails import Thumbnails
from studio.library.upkeep.rebuild import rebuild
from tests.support.samples import FailingDisk, a_request, noise

PARAMETERS = "a lighthouse\nNegative prompt: fog\nSteps: 30, Sampler: Euler, CFG scale: 6, Seed: 77"


@pytest.fixture
def source(tmp_path: Path) -> Path:
    """A folder with a picture of each kind; those of the same digit differ."""
    folder = tmp_path / "from"
    (folder / "deep" / "er").mkdir(parents=True)
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", PARAMETERS)
    Image.fromarray(noise(1, 400, 300)).save(folder / "1.png", pnginfo=text)
    exif = Image.Exif()
    exif[ExifTags.Base.Orientation] = 6
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.DateTimeOriginal] = "2019:07:04 10:20:30"
    exif.get_ifd(ExifTags.IFD.Exif)[ExifTags.Base.OffsetTimeOriginal] = "+02:00"
    Image.fromarray(noise(2, 1200, 800)).save(folder / "2.JPG", exif=exif)
    Image.fromarray(noise(3)).save(folder / "deep" / "3.webp")
    Image.fromarray(noise(4)).save(folder / "deep" / "4.avif")
    Image.fromarray(noise(5)).save(folder / "deep" / "er" / "5.tiff")
    Image.fromarray(noise(6)).save(folder / "deep" / "er" / "6.gif")
    Image.fromarray(noise(7)).save(folder / "7.bmp")
    return folder


def run(store: Store, files: list[Path]) -> ImportReport:
    thumbnails = Thumbnails(store.pictures_folder.parent / "data" / "thumbnails", store._disk)
    job = import_into(store, thumbnails, files)
    for _ in job.run():
        pass
    assert job.read == job.total == len(files)
    return job.report


def by_name(report: ImportReport) -> dict[str, Picture]:
    return {picture.path.name.partition("-")[2]: picture for picture in report.pictures}


def test_files_come_in_unchanged_with_what_is_known_of_them(store: Store, source: Path) -> None:
    os.utime(source / "1.png", (1_600_000_000, 1_600_000_000))
    files = find_pictures([source])
    report = run(store, files)
    assert (report.duplicates, report.refused) == ([], [])
    pictures = by_name(report)
    assert sorted(pictures) == ["1.png", "2.jpg", "3.webp", "4.avif", "5.tiff", "6.gif", "7.bmp"]
    originals = {file.name.lower(): file.read_bytes() for file in files}
    for name, picture in pictures.items():
        assert picture.path.read_bytes() == originals[name]
        assert picture.request is None
        assert picture.operation is Operation.IMPORT
        assert picture.path.parent.name == f"{picture.created.astimezone():%Y-%m-%d}"
        assert store.get(picture.id) == picture
    photo, made = pictures["2.jpg"], pictures["1.png"]
    assert (photo.width, photo.height) == (800, 1200)
    assert photo.created == datetime(2019, 7, 4, 8, 20, 30, tzinfo=UTC)
    assert made.created == datetime.fromtimestamp(1_600_000_000, UTC)
    assert (made.settings.prompt, made.settings.seed, made.settings.steps) == (
        *("a lighthouse", 77, 30),
    )
    assert store.page(None, 10, parse("lighthouse seed:77 operation:import").condition()) == [made]
    assert store.page()[-1] == photo


def test_thumbnails_are_there_and_right(store: Store, source: Path, data: Path) -> None:
    pictures = by_name(run(store, find_pictures([source])))
    made = sorted((data / "thumbnails").rglob("*.jpg"))
    # The others are no larger than a thumbnail.
    assert len(made) == 2 * len(THUMBNAIL_SIDES_PX)
    thumbnails = Thumbnails(data / "thumbnails", FailingDisk(fail_at=1))
    small = thumbnails.get(pictures["2.jpg"], 320)
    assert small.shape == (320, 213, 3)
    whole = Image.fromarray(read_picture(pictures["2.jpg"].path)).resize((213, 320), Image.BOX)
    assert np.abs(small.astype(float) - np.asarray(whole)).mean() < 12
    assert thumbnails.get(pictures["1.png"], 160).shape == (120, 160, 3)


def test_what_is_there_already_is_passed_over(store: Store, source: Path) -> None:
    recorded = store.record(noise(9), a_request())
    copy = source / "copy.png"
    copy.write_bytes((source / "1.png").read_bytes())
    first = run(store, [*find_pictures([source]), recorded.path])
    assert len(first.pictures) == 7
    assert set(first.duplicates) == {copy, recorded.path}
    again = run(store, find_pictures([source]))
    assert (again.pictures, len(again.duplicates)) == ([], 8)
    assert store.count() == 8


def test_what_is_no_picture_is_named_and_the_rest_goes_on(store: Store, source: Path) -> None:
    whole = (source / "1.png").read_bytes()
    (source / "cut.png").write_bytes(whole[:-2000])
    (source / "flipped.png").write_bytes(whole[:900] + b"\xff" + whole[901:])
    (source / "text.jpg").write_text("<html>")
    (source / "empty.webp").touch()
    (source / "cut.jpg").write_bytes((source / "2.JPG").read_bytes()[:9000])
    (source / "huge.png").write_bytes(_png_header(60_000, 60_000))
    (source / "folder.png").mkdir()
    (source / "gone.png").symlink_to(source / "nowhere")
    (source / "notes.txt").write_text("no picture")
    report = run(store, [*find_pictures([source]), source / "notes.txt", source / "missing.png"])
    assert len(report.pictures) == 7
    refused = {path.name: sentence for path, sentence in report.refused}
    assert sorted(refused) == [
        *("cut.jpg", "cut.png", "empty.webp", "flipped.png", "gone.png", "huge.png"),
        *("missing.png", "notes.txt", "text.jpg"),
    ]
    assert all(path in sentence for path, sentence in refused.items())


def test_a_stream_of_pixels_that_ends_early_is_damage(store: Store, tmp_path: Path) -> None:
    import struct
    import zlib

    def chunk(kind: bytes, content: bytes) -> bytes:
        checksum = struct.pack(">I", zlib.crc32(kind + content))
        return struct.pack(">I", len(content)) + kind + content + checksum

    head = chunk(b"IHDR", struct.pack(">IIBBBBB", 64, 64, 8, 2, 0, 0, 0))
    rows = b"".join(b"\0" + bytes([row + 1]) * 192 for row in range(64))
    for name, content in (("whole.png", rows), ("short.png", rows[: 8 * 193])):
        parts = (b"\x89PNG\r\n\x1a\n", head, chunk(b"IDAT", zlib.compress(content)))
        (tmp_path / name).write_bytes(b"".join(parts) + chunk(b"IEND", b""))
    report = run(store, [tmp_path / "whole.png", tmp_path / "short.png"])
    assert [path.name for path, _ in report.refused] == ["short.png"]
    assert len(report.pictures) == 1


def _png_header(width: int, height: int) -> bytes:
    import struct
    import zlib

    head = b"IHDR" + struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    checksum = struct.pack(">I", zlib.crc32(head))
    return b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + checksum


def test_our_own_pictures_come_back_with_their_request(store: Store, tmp_path: Path) -> None:
    other = Store(tmp_path / "other" / "pictures", tmp_path / "other" / "data")
    original = other.record(noise(3), a_request("a red apple"), batch="b1")
    other.marks.rate([original], 4)
    other.marks.tag([original], ["fruit"])
    other.save_marks()
    other.close()
    (picture,) = run(store, find_pictures([tmp_path / "other" / "pictures"])).pictures
    assert picture.request == original.request
    assert picture.record == original.record
    assert (picture.rating, picture.tags) == (4, ("fruit",))


def test_the_database_comes_back_from_the_files_alone(
    store: Store, source: Path, pictures: Path, data: Path
) -> None:
    before = by_name(run(store, find_pictures([source])))
    digests = store.file_digests()
    store.close()
    for _ in rebuild(pictures, data):
        pass
    again = Store(pictures, data)
    after = {p.path.name.partition("-")[2]: p for p in again.page()}
    assert after.keys() == before.keys()
    for name, picture in after.items():
        old = before[name]
        assert (picture.record, picture.settings) == (old.record, old.settings)
        assert (picture.width, picture.height) == (old.width, old.height)
    assert again.file_digests() == digests
    again.close()


@pytest.mark.parametrize("fail_at", range(1, 60, 4))
def test_a_disk_that_refuses_leaves_nothing_half_done(
    pictures: Path, data: Path, source: Path, fail_at: int
) -> None:
    Store(pictures, data).close()
    disk = FailingDisk()
    store = Store(pictures, data, disk)
    files = find_pictures([source])
    known = store.file_digests()
    disk.calls, disk.fail_at = 0, fail_at
    job = Import(files, known, store.keep_imported)
    try:
        for _ in job.run():
            pass
    except StorageError:
        assert disk.calls >= fail_at
        assert store.count() == 0
        assert [path for path in pictures.rglob("*") if path.is_file()] == []
    else:
        assert disk.calls < fail_at
        assert store.count() == 7
    store.close()


def test_folders_are_read_by_name_without_hidden_ones(source: Path) -> None:
    (source / ".hidden").mkdir()
    (source / ".hidden" / "1.png").touch()
    (source / ".2.png").touch()
    (source / "link").symlink_to(source / "deep")
    names = [str(path.relative_to(source)) for path in find_pictures([source])]
    assert names == [
        *("1.png", "2.JPG", "7.bmp", "deep/3.webp", "deep/4.avif", "deep/er/5.tiff"),
        "deep/er/6.gif",
    ]
    flat = find_pictures([source, source / "1.png"], recursive=False)
    assert [path.name for path in flat] == ["1.png", "2.JPG", "7.bmp"]


def test_names_that_are_no_names_are_made_safe(store: Store, tmp_path: Path) -> None:
    for name in ("a" * 200 + ".png", "con.png", "…?*.png", "\u202egnp.png"):
        Image.fromarray(noise(len(name) + ord(name[0]) % 50)).save(tmp_path / name)
    report = run(store, find_pictures([tmp_path], recursive=False))
    assert len(report.pictures) == 4
    for picture in report.pictures:
        assert len(picture.path.name.encode()) <= 120
        assert picture.path.suffix == ".png"


def test_a_year_that_cant_be_is_not_believed(tmp_path: Path) -> None:
    for number, moment in enumerate(("9999:12:31 23:59:59", "0001:01:01 00:00:00", "x" * 19)):
        exif = Image.Exif()
        exif[ExifTags.Base.DateTime] = moment
        path = tmp_path / f"{number}.jpg"
        Image.fromarray(noise(number)).save(path, exif=exif)
        small_copy(path.read_bytes(), path.name, 320)
    store = Store(tmp_path / "pictures", tmp_path / "data")
    report = run(store, find_pictures([tmp_path], recursive=False))
    assert {picture.created.year for picture in report.pictures} == {datetime.now(UTC).year}
    store.close()


def test_the_index_knows_each_files_digest(store: Store, source: Path) -> None:
    recorded = store.record(noise(9), a_request())
    files = [*(p.path for p in run(store, find_pictures([source])).pictures), recorded.path]
    digests = {hashlib.sha256(path.read_bytes()).hexdigest() for path in files}
    assert store.file_digests() == digests


async def test_the_library_announces_what_came_in(tmp_path: Path, source: Path) -> None:
    library = await Library.open(tmp_path / "pictures", tmp_path / "data", trash=Path.unlink)
    added: list[Picture] = []
    library.added.connect(added.extend)
    told: list[tuple[int, int]] = []

    def go_on(read: int, total: int) -> bool:
        told.append((read, total))
        return True

    report = await library.import_files([source], go_on)
    assert added == report.pictures
    assert told[0] == (0, 7)
    assert told[-1] == (7, 7)
    thumbnail = await library.thumbnail(report.pictures[0], 160)
    assert max(thumbnail.shape) <= 160
    await library.close()


async def test_what_begins_with_an_import_knows_its_parent(tmp_path: Path, source: Path) -> None:
    library = await Library.open(tmp_path / "pictures", tmp_path / "data", trash=Path.unlink)
    pictures = by_name(await library.import_files([source]))
    changed: list[Picture] = []
    library.changed.connect(changed.extend)
    ref = await library.adopt(pictures["2.jpg"].path)
    assert [(one.id, one.pixel_digest) for one in changed] == [(pictures["2.jpg"].id, ref.digest)]
    assert library.find(ref.digest) == library.get(pictures["2.jpg"].id) == changed[0]
    child = await library.record(noise(9), a_request(init_image=ref))
    assert await library.parents_of(child) == [(ParentRole.START, changed[0])]
    await library.adopt(pictures["2.jpg"].path)
    await library.adopt(source / "1.png")
    assert len(changed) == 1
    await library.close()
    for _ in rebuild(tmp_path / "pictures", tmp_path / "data"):
        pass
    again = Store(tmp_path / "pictures", tmp_path / "data")
    found = again.find(ref.digest)
    assert found is not None
    assert found.record == changed[0].record
    again.close()


async def test_what_is_in_when_it_is_cancelled_stays(tmp_path: Path, source: Path) -> None:
    library = await Library.open(tmp_path / "pictures", tmp_path / "data", trash=Path.unlink)
    report = await library.import_files([source], lambda read, total: read < 3)
    assert len(report.pictures) <= 7
    assert await asyncio.to_thread(library.count) == len(report.pictures)
    again = await library.import_files([source])
    assert len(again.pictures) + len(report.pictures) == 7
    await library.close()


async def test_a_full_disk_is_said_to_who_imports(tmp_path: Path, source: Path) -> None:
    disk = FailingDisk(error=errno.ENOSPC)
    library = await Library.open(
        tmp_path / "pictures", tmp_path / "data", trash=Path.unlink, disk=disk
    )
    disk.calls, disk.fail_at = 0, 20
    with pytest.raises(StorageError, match="full"):
        await library.import_files([source])
    await library.close()
