from __future__ import annotations

import errno
import hashlib
import shutil
import sqlite3
import subprocess
import sys
import textwrap
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest

from studio.domain.errors import PictureError, StorageError
from studio.domain.events import StepSnapshot
from studio.library.files.disk import is_temporary
from studio.library.labels.metadata import read_record
from studio.library.picture import Picture
from studio.library.steps.steps import steps_path
from studio.library.store import Store
from tests.support.samples import FailingDisk, a_request, noise

ROOT = Path(__file__).resolve().parents[2]
SNAPSHOT = StepSnapshot(1, {"latents": np.ones((1, 4, 6, 8), np.float32)}, '{"index": 1}')


@contextmanager
def opened(pictures: Path, data: Path, disk: FailingDisk | None = None) -> Iterator[Store]:
    store = Store(pictures, data, disk)
    try:
        list(store.reconcile())
        yield store
    finally:
        store.close()


def fill(store: Store, count: int = 3) -> list[Picture]:
    """Records pictures with seeds from 0, each with steps; newest first, as `page` gives them."""
    made = [
        store.record(
            noise(seed), a_request(seed=seed), previews=noise(seed)[None], snapshots=[SNAPSHOT]
        )
        for seed in range(count)
    ]
    return made[::-1]


def files_of(folder: Path) -> set[str]:
    return {path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()}


def test_a_picture_is_a_png_that_says_how_it_was_made(store: Store, pictures: Path) -> None:
    picture = store.record(noise(5), a_request(seed=5), index=2, elapsed_s=1.5)
    today = datetime.now().astimezone().strftime("%Y-%m-%d")
    assert picture.path == pictures / today / "00001-7.png"
    assert read_record(picture.path) == picture.record
    assert (picture.width, picture.height, picture.index, picture.has_steps) == (64, 48, 2, False)
    assert picture.pixel_digest == hashlib.sha256(noise(5).tobytes()).hexdigest()
    assert abs((datetime.now(UTC) - picture.created).total_seconds()) < 3600
    assert np.array_equal(store.pixels(picture), noise(5))
    assert store.get(picture.id) == picture
    assert store.find(picture.pixel_digest) == picture


def test_what_is_not_there_is_none(store: Store) -> None:
    assert store.get(1) is None
    assert store.find("0" * 64) is None
    assert store.page() == []
    assert store.count() == 0


def test_steps_come_back_bit_for_bit(store: Store) -> None:
    tensors = {
        "latents": np.random.default_rng(0).standard_normal((2, 4, 6, 8), np.float32),
        "model.outputs.0": np.arange(24, dtype=np.uint16).reshape(4, 6).T,
        "scalar": np.array(-0.0),
        "generator": np.arange(5056, dtype=np.uint8),
        "flags": np.array([True, False]),
        "empty": np.empty((0, 3), np.int64),
    }
    previews = np.stack([noise(seed, 8, 6) for seed in range(4)])
    states = {step: StepSnapshot(step, tensors, f'{{"step": {step}}}') for step in (0, 1, 11)}
    picture = store.record(noise(), a_request(), previews=previews, snapshots=list(states.values()))
    assert picture.has_steps
    assert np.array_equal(store.step_previews(picture), previews)
    for step, kept in states.items():
        again = store.snapshot(picture, step)
        assert (again.step, again.state) == (step, kept.state)
        assert again.tensors.keys() == tensors.keys()
        for name, tensor in tensors.items():
            assert again.tensors[name].dtype == tensor.dtype
            assert again.tensors[name].shape == tensor.shape
            assert again.tensors[name].tobytes() == tensor.tobytes()
    with pytest.raises(PictureError, match="Step 2"):
        store.snapshot(picture, 2)


def test_a_step_is_found_by_its_request_in_the_newest_picture_that_has_it(store: Store) -> None:
    request = a_request()
    for value in (1, 2):
        latents = {"latents": np.full((1, 4, 2, 2), value, np.float32)}
        store.record(noise(), request, snapshots=[StepSnapshot(3, latents, "{}")])
    store.record(noise(), request)

    kept = store.snapshot_of(request.digest, 3)
    assert kept is not None
    assert (kept.tensors["latents"] == 2).all()
    assert store.snapshot_of(request.digest, 4) is None
    assert store.snapshot_of(a_request(seed=8).digest, 3) is None


def test_steps_that_are_damaged_were_not_kept(store: Store) -> None:
    latents = {"latents": np.zeros((1, 4, 2, 2), np.float32)}
    picture = store.record(noise(), a_request(), snapshots=[StepSnapshot(3, latents, "{}")])
    steps_path(picture.path).write_bytes(b"no steps")
    assert store.snapshot_of(picture.request.digest, 3) is None


def test_steps_without_previews_have_none(store: Store) -> None:
    picture = store.record(noise(), a_request(), snapshots=[SNAPSHOT])
    assert len(store.step_previews(picture)) == 0
    assert store.snapshot(picture, 1).state == SNAPSHOT.state


@pytest.mark.parametrize("content", [None, b"", b"<html>", b"\xff" * 100])
def test_lost_or_damaged_steps_are_said(store: Store, content: bytes | None) -> None:
    (picture,) = fill(store, 1)
    path = steps_path(picture.path)
    path.unlink()
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(PictureError, match="can't be read"):
        store.step_previews(picture)
    with pytest.raises(PictureError, match="can't be read"):
        store.snapshot(picture, 1)


@pytest.mark.parametrize(
    "pixels",
    [noise().astype(np.float32), noise()[..., 0], noise()[:0], np.zeros((4, 4, 5), np.uint8)],
    ids=["float", "grey", "empty", "five channels"],
)
def test_what_is_no_picture_is_a_bug(store: Store, pixels: np.ndarray) -> None:
    with pytest.raises(ValueError, match="uint8"):
        store.record(pixels, a_request())
    assert store.count() == 0


def test_pages_follow_each_other_newest_first(store: Store) -> None:
    made = fill(store, 11)
    found: list[Picture] = []
    while page := store.page(found[-1] if found else None, limit=4):
        found += page
    assert found == made
    assert store.count() == 11


def test_pages_neither_skip_nor_repeat_while_pictures_come_and_go(store: Store) -> None:
    made = fill(store, 6)
    first = store.page(limit=3)
    store.record(noise(99), a_request(seed=99))
    store.delete(first[-1], Path.unlink)
    store.delete(made[4], Path.unlink)
    assert store.page(first[-1], limit=3) == [made[3], made[5]]


def test_pictures_of_the_same_microsecond_keep_an_order(store: Store, data: Path) -> None:
    made = fill(store, 4)
    with closing(sqlite3.connect(data / "history.sqlite3")) as connection, connection:
        connection.execute("UPDATE pictures SET created_us = 1")
    first = store.page(limit=2)
    rest = store.page(first[-1], limit=2)
    assert [picture.id for picture in first + rest] == [picture.id for picture in made]


def test_an_existing_file_is_never_overwritten(store: Store) -> None:
    (picture,) = fill(store, 1)
    other = picture.path.with_name("00002-1.png")
    other.write_bytes(b"not ours")
    new = store.record(noise(1), a_request(seed=1))
    assert new.path.name == "00003-1.png"
    assert other.read_bytes() == b"not ours"


def test_numbers_go_on_after_a_restart_and_past_deleted_ones(pictures: Path, data: Path) -> None:
    with opened(pictures, data) as store:
        made = fill(store, 3)
        store.delete(made[0], Path.unlink)
        assert store.record(noise(), a_request(seed=1)).path.name == "00004-1.png"
    with opened(pictures, data) as store:
        assert store.record(noise(), a_request(seed=1)).path.name == "00005-1.png"


def test_many_threads_may_record_at_once(store: Store) -> None:
    with ThreadPoolExecutor(8) as threads:
        made = list(
            threads.map(lambda seed: store.record(noise(seed), a_request(seed=seed)), range(40))
        )
    assert len({picture.path for picture in made}) == 40
    assert {picture.id: picture for picture in store.page()} == {p.id: p for p in made}
    for picture in made:
        assert np.array_equal(store.pixels(picture), noise(picture.request.seed))


def test_two_windows_may_share_a_history(pictures: Path, data: Path) -> None:
    with opened(pictures, data) as one, opened(pictures, data) as other:
        with ThreadPoolExecutor(2) as threads:
            made = [
                picture
                for pictures_ in threads.map(lambda store: fill(store, 10), [one, other])
                for picture in pictures_
            ]
        assert len({picture.path for picture in made}) == 20
        assert one.count() == other.count() == 20
        # What one of them hasn't finished yet is not the other's to clear away.
        unfinished = made[0].path.with_name(".pentimento-00.tmp")
        unfinished.touch()
        with opened(pictures, data):
            assert unfinished.exists()
    with opened(pictures, data):
        assert not unfinished.exists()


def test_deleting_moves_picture_and_steps_to_the_trash(store: Store, tmp_path: Path) -> None:
    made = fill(store, 2)
    trash = tmp_path / "trash"
    trash.mkdir()
    store.delete(made[0], lambda path: shutil.move(path, trash))
    assert files_of(trash) == {"00002-1.png", "00002-1.safetensors"}
    assert store.page() == [made[1]]


def test_what_is_already_gone_can_be_deleted(store: Store) -> None:
    (picture,) = fill(store, 1)
    picture.path.unlink()
    store.delete(picture, Path.unlink)
    assert store.count() == 0


def test_a_trash_that_refuses_leaves_everything(store: Store) -> None:
    (picture,) = fill(store, 1)

    def refuse(path: Path) -> None:
        raise OSError(errno.EACCES, "no", path)

    with pytest.raises(StorageError):
        store.delete(picture, refuse)
    assert store.page() == [picture]
    assert picture.path.exists()


# Failing disks


def test_a_full_disk_at_any_call_loses_nothing_and_keeps_nothing_half(
    pictures: Path, data: Path
) -> None:
    with opened(pictures, data) as store:
        (kept,) = fill(store, 1)
    before = files_of(pictures)
    fail_at = 0
    while True:
        fail_at += 1
        disk = FailingDisk()
        with opened(pictures, data, disk) as store:
            disk.calls, disk.fail_at = 0, fail_at
            try:
                picture = store.record(
                    noise(7), a_request(seed=7), previews=noise(7)[None], snapshots=[SNAPSHOT]
                )
            except StorageError as error:
                assert "disk is full" in error.sentence
                assert error.remedy
                assert store.page() == [kept]
                assert files_of(pictures) == before
                # Space is back: the same picture can be kept after all.
                again = store.record(noise(7), a_request(seed=7))
                assert np.array_equal(store.pixels(again), noise(7))
                store.delete(again, Path.unlink)
            else:
                break
    assert fail_at - 1 == disk.calls == 12
    assert np.array_equal(store.pixels(picture), noise(7))
    assert np.array_equal(store.pixels(kept), noise(0))


@pytest.mark.parametrize("code", [errno.EIO, errno.EACCES, errno.EROFS])
def test_a_disk_that_refuses_is_named_with_the_place(pictures: Path, data: Path, code: int) -> None:
    disk = FailingDisk(0, code)
    with opened(pictures, data, disk) as store:
        disk.fail_at = disk.calls + 1
        with pytest.raises(StorageError, match=str(pictures)):
            store.record(noise(), a_request())
        assert files_of(pictures) == set()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(StorageError, match="file"):
        Store(tmp_path / "file" / "pictures", tmp_path / "data")


@pytest.mark.skipif(sys.platform == "win32", reason="needs limits on the size of files")
def test_an_index_that_cannot_grow_undoes_the_picture(tmp_path: Path) -> None:
    """A real failure inside SQLite: no file of the process may become larger than 800 kB."""
    script = """
        import resource, sys
        from pathlib import Path
        from studio.domain.errors import StorageError
        from studio.library.store import Store
        from tests.support.samples import a_request, noise

        pictures, data = Path(sys.argv[1]), Path(sys.argv[2])
        store = Store(pictures, data)
        long = "x" * 20_000
        kept = [store.record(noise(), a_request(prompt=long))]
        soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
        resource.setrlimit(resource.RLIMIT_FSIZE, (800_000, hard))
        for seed in range(1000):
            try:
                kept.append(store.record(noise(seed), a_request(prompt=long, seed=seed)))
            except StorageError as error:
                assert str(data) in str(error), error
                break
        else:
            sys.exit("it never failed")
        assert store.page()[::-1] == kept
        assert len(list(pictures.rglob("*.png"))) == len(kept) > 1
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
        kept.append(store.record(noise(), a_request()))
        assert store.page()[::-1] == kept
        store.close()
        store = Store(pictures, data)
        assert store.page()[::-1] == kept
        assert not store.index_was_rebuilt
        print("fine")
    """
    done = subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), tmp_path / "p", tmp_path / "d"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.stdout == "fine\n", done.stderr


# The index follows the files


def test_a_picture_without_a_row_is_adopted(pictures: Path, data: Path) -> None:
    with opened(pictures, data) as store:
        made = fill(store, 3)
    with closing(sqlite3.connect(data / "history.sqlite3")) as connection, connection:
        connection.execute("DELETE FROM pictures WHERE id = ?", (made[1].id,))
    with opened(pictures, data) as store:
        page = store.page()
        assert [picture.record for picture in page] == [picture.record for picture in made]
        assert page[1].path == made[1].path
        assert page[1].has_steps
        assert not store.index_was_rebuilt


def test_pictures_whose_files_are_gone_come_back_with_them(pictures: Path, data: Path) -> None:
    with opened(pictures, data) as store:
        made = fill(store, 2)
    away = pictures / "away.png"
    made[0].path.rename(away)
    with opened(pictures, data) as store:
        assert store.page() == [made[1]]
        assert store.count() == 1
        assert store.get(made[0].id) is None
    away.rename(made[0].path)
    with opened(pictures, data) as store:
        assert store.page() == made


def test_only_whole_pictures_of_ours_are_adopted_and_nothing_else_is_touched(
    pictures: Path, data: Path
) -> None:
    with opened(pictures, data) as store:
        (picture,) = fill(store, 1)
        folder = picture.path.parent
        content = picture.path.read_bytes()
    others = {
        "photo.png": b"not a picture",
        "00007-7.png": content[: len(content) // 2],
        "00008-8.png": content[:-100] + b"?" * 100,
        "notes.txt": b"",
        ".hidden": b"x",
    }
    for name, other in others.items():
        (folder / name).write_bytes(other)
    (pictures / "elsewhere").mkdir()
    (pictures / "elsewhere" / "00009-9.png").write_bytes(content)
    (folder / "copy of a picture.png").write_bytes(content)
    with opened(pictures, data) as store:
        assert {found.path.name for found in store.page()} == {
            "00001-0.png",
            "copy of a picture.png",
        }
    assert {name: (folder / name).read_bytes() for name in others} == others


def test_what_was_never_finished_is_cleared_away(pictures: Path, data: Path) -> None:
    with opened(pictures, data) as store:
        (picture,) = fill(store, 1)
    folder = picture.path.parent
    strays = [
        folder / ".pentimento-0011.tmp",
        folder / ".steps" / ".pentimento-0011.tmp",
        folder / "00002-5.png",
        folder / ".steps" / "00002-5.safetensors",
    ]
    for stray in strays:
        stray.touch()
    strays[0].write_bytes(b"half a picture")
    with opened(pictures, data) as store:
        assert store.page() == [picture]
    assert not [stray for stray in strays if stray.exists()]
    assert not [name for name in files_of(pictures) if is_temporary(name)]


DAMAGES = {
    "deleted": lambda path: path.unlink(),
    "empty": lambda path: path.write_bytes(b""),
    "zeros": lambda path: path.write_bytes(b"\0" * 8192),
    "text": lambda path: path.write_text("this is no database, and longer than a header is" * 9),
    "cut off": lambda path: path.write_bytes(path.read_bytes()[:5000]),
    "pages overwritten": lambda path: path.write_bytes(
        path.read_bytes()[:4096] + b"\xa5" * 8192 + path.read_bytes()[12288:]
    ),
}


@pytest.mark.parametrize("damage", DAMAGES)
def test_the_index_is_made_again_from_the_files(pictures: Path, data: Path, damage: str) -> None:
    with opened(pictures, data) as store:
        made = fill(store, 5)
    database = data / "history.sqlite3"
    DAMAGES[damage](database)
    damaged = database.read_bytes() if database.exists() else b""
    with opened(pictures, data) as store:
        page = store.page()
        assert [picture.record for picture in page] == [picture.record for picture in made]
        assert [picture.path for picture in page] == [picture.path for picture in made]
        assert all(picture.has_steps for picture in page)
        assert np.array_equal(store.pixels(page[0]), noise(4))
    aside = [path for path in data.glob("*.aside-*") if path.name[-4:] not in ("-wal", "-shm")]
    if damage in ("deleted", "empty"):
        assert not aside
    else:
        assert store.index_was_rebuilt
        assert [path.read_bytes() for path in aside] == [damaged]


def test_a_thousand_pictures_open_through_their_headers_alone(pictures: Path, data: Path) -> None:
    with opened(pictures, data) as store:
        (picture,) = fill(store, 1)
    content = picture.path.read_bytes()
    for number in range(2, 1001):
        picture.path.with_name(f"{number:05d}-0.png").write_bytes(content)
    (data / "history.sqlite3").unlink()
    with opened(pictures, data) as store:
        assert store.count() == 1000
