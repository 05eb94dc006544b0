from __future__ import annotations

import asyncio
import errno
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.domain.errors import PictureError, StorageError
from studio.library import Library, Picture
from studio.library.encoding import pixel_digest
from studio.library.files.disk import Disk
from studio.library.index.outline import Change
from tests.support.samples import FailingDisk, a_request, noise


@asynccontextmanager
async def opened(folder: Path, disk: Disk | None = None) -> AsyncIterator[Library]:
    library = await Library.open(folder / "pictures", folder / "data", trash=Path.unlink, disk=disk)
    try:
        yield library
    finally:
        await library.close()


async def test_what_is_recorded_is_announced_once_on_the_loops_thread(tmp_path: Path) -> None:
    heard: list[tuple[Picture, int]] = []
    async with opened(tmp_path) as library:
        library.recorded.connect(
            lambda picture: heard.append((picture, threading.get_ident())), check_nargs=False
        )
        picture = await library.record(noise(), a_request(), previews=noise()[None])
        assert heard == [(picture, threading.get_ident())]
        assert await library.page() == [picture]
        assert library.count() == 1
        assert library.get(picture.id) == library.find(picture.pixel_digest) == picture
        assert np.array_equal(library.pixels(picture), noise())
        assert np.array_equal(await library.step_previews(picture), noise()[None])
        assert library.folder == tmp_path / "pictures"


async def test_many_tasks_may_record_at_once(tmp_path: Path) -> None:
    heard: list[Picture] = []
    async with opened(tmp_path) as library:
        library.recorded.connect(heard.append)
        made = await asyncio.gather(
            *(library.record(noise(seed), a_request(seed=seed)) for seed in range(20))
        )
        assert sorted(heard, key=lambda p: p.id) == sorted(made, key=lambda p: p.id)
        assert len(await library.page(limit=100)) == 20
        for seed, picture in enumerate(made):
            assert picture.request.seed == seed
            assert np.array_equal(library.pixels(picture), noise(seed))


async def test_history_survives_closing(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        made = [await library.record(noise(seed), a_request(seed=seed)) for seed in range(3)]
    async with opened(tmp_path) as library:
        assert await library.page() == made[::-1]
        assert await library.page(made[1], limit=5) == [made[0]]


async def test_a_picture_whose_waiter_was_cancelled_is_kept_and_announced(tmp_path: Path) -> None:
    heard: list[Picture] = []
    async with opened(tmp_path) as library:
        library.recorded.connect(heard.append)
        waiting = asyncio.ensure_future(library.record(noise(), a_request()))
        await asyncio.sleep(0)
        waiting.cancel()
        with pytest.raises(asyncio.CancelledError):
            await waiting
    assert [picture.pixel_digest for picture in heard] == [pixel_digest(noise())]
    async with opened(tmp_path) as library:
        assert await library.page() == heard


async def test_a_disk_that_refuses_announces_nothing(tmp_path: Path) -> None:
    heard: list[Picture] = []
    disk = FailingDisk()
    async with opened(tmp_path, disk) as library:
        library.recorded.connect(heard.append)
        disk.fail_at = disk.calls + 2
        with pytest.raises(StorageError):
            await library.record(noise(), a_request())
        assert heard == []
        picture = await library.record(noise(), a_request())
        assert heard == [picture]


async def test_what_is_deleted_is_announced_together(tmp_path: Path) -> None:
    heard: list[list[Picture]] = []
    async with opened(tmp_path) as library:
        library.removed.connect(heard.append)
        made = [await library.record(noise(seed), a_request(seed=seed)) for seed in range(3)]
        await library.delete(made[:2])
        assert heard == [made[:2]]
        assert await library.page() == made[2:]
        assert not made[0].path.exists()
        await library.delete([])
        assert len(heard) == 1


async def test_nothing_of_a_deleted_picture_stays(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        made = [await library.record(noise(s, 90, 90), a_request(seed=s)) for s in range(2)]
        for picture in made:
            await library.thumbnail(picture, 32)
            await library.thumbnail(picture, 64)
        await library.delete(made[:1])
        kept = [path.name for path in (tmp_path / "data" / "thumbnails").rglob("*.jpg")]
        assert len(kept) == 2
        assert all(name.startswith(made[1].pixel_digest) for name in kept)


async def test_a_trash_that_refuses_the_second_keeps_it(tmp_path: Path) -> None:
    heard: list[list[Picture]] = []

    def trash(path: Path) -> None:
        if path.name.startswith("00002"):
            raise OSError(errno.EACCES, "no")
        path.unlink()

    library = await Library.open(tmp_path / "pictures", tmp_path / "data", trash=trash)
    library.removed.connect(heard.append)
    made = [await library.record(noise(seed), a_request(seed=seed)) for seed in range(3)]
    with pytest.raises(StorageError):
        await library.delete(made)
    assert heard == [made[:1]]
    assert await library.page() == [made[2], made[1]]
    await library.close()


async def test_start_pictures_are_kept_for_later(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        ref = await library.adopt(noise(3, 30, 20))
        assert (ref.digest, ref.width, ref.height) == (pixel_digest(noise(3, 30, 20)), 30, 20)
        assert await library.adopt(tmp_path / "data" / "inputs" / f"{ref.digest}.png") == ref
    async with opened(tmp_path) as library:
        assert np.array_equal(library.input_pixels(ref.digest), noise(3, 30, 20))


async def test_a_picture_of_the_history_may_be_a_start_picture(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        picture = await library.record(noise(), a_request())
        assert np.array_equal(library.input_pixels(picture.pixel_digest), noise())
        with pytest.raises(PictureError, match="not on this disk"):
            library.input_pixels("0" * 64)


async def test_a_start_picture_that_was_changed_is_refused(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        ref = await library.adopt(noise(3))
        other = await library.adopt(noise(4))
        inputs = tmp_path / "data" / "inputs"
        (inputs / f"{other.digest}.png").replace(inputs / f"{ref.digest}.png")
        with pytest.raises(PictureError, match="has changed"):
            library.input_pixels(ref.digest)


async def test_alpha_is_adopted_where_it_is_asked_for(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        pixels = np.dstack([noise(3), noise(4)[..., 0]])
        Image.fromarray(pixels).save(tmp_path / "a.png")
        flat = await library.adopt(tmp_path / "a.png")
        assert library.input_pixels(flat.digest).shape == (48, 64, 3)
        kept = await library.adopt(tmp_path / "a.png", keep_alpha=True)
        assert np.array_equal(library.input_pixels(kept.digest), pixels)
        assert await library.adopt(pixels) == kept

        opaque = np.dstack([noise(3), np.full((48, 64), 255, np.uint8)])
        assert await library.adopt(opaque) == await library.adopt(noise(3))


async def test_what_is_no_picture_cannot_be_adopted(tmp_path: Path) -> None:
    (tmp_path / "a.png").write_text("<html>")
    async with opened(tmp_path) as library:
        with pytest.raises(PictureError):
            await library.adopt(tmp_path / "a.png")


class CountingDisk(Disk):
    """Counts how often a file is replaced, which only thumbnails are."""

    replaced = 0

    def replace_soon(self, path: Path, content: bytes) -> None:
        self.replaced += 1
        super().replace_soon(path, content)


async def test_a_thumbnail_is_made_once_however_many_ask(tmp_path: Path) -> None:
    disk = CountingDisk()
    async with opened(tmp_path, disk) as library:
        picture = await library.record(noise(0, 300, 200), a_request())
        small = await asyncio.gather(*(library.thumbnail(picture, 96) for _ in range(20)))
        assert disk.replaced == 1
        assert {thumbnail.shape for thumbnail in small} == {(64, 96, 3)}
    async with opened(tmp_path, disk) as library:
        again = await library.thumbnail(picture, 96)
        assert disk.replaced == 1
        assert again.shape == (64, 96, 3)


async def test_a_cancelled_thumbnail_is_still_there_for_the_others(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        picture = await library.record(noise(0, 300, 200), a_request())
        impatient = asyncio.ensure_future(library.thumbnail(picture, 96))
        patient = asyncio.ensure_future(library.thumbnail(picture, 96))
        await asyncio.sleep(0)
        impatient.cancel()
        assert (await patient).shape == (64, 96, 3)


async def test_a_lost_picture_has_no_thumbnail(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        lost = await library.record(noise(0, 300, 200), a_request())
        newest = await library.record(noise(1, 300, 200), a_request())
        for picture in (lost, newest):
            picture.path.unlink()
        with pytest.raises(PictureError):
            await library.thumbnail(lost, 96)
        small = await library.thumbnail(newest, 96)
        assert small.shape == (64, 96, 3), "what was just recorded needn't be read"


async def test_an_outline_follows_what_is_recorded_and_deleted(tmp_path: Path) -> None:
    async with opened(tmp_path) as library:
        made = [await library.record(noise(seed), a_request(seed=seed)) for seed in range(3)]
        outline = await library.outline()
        assert await library.rows(outline, 0, 10) == made[::-1]
        assert await library.row_of(outline, made[0]) == 2
        newest = await library.record(noise(3), a_request(seed=3))
        outline, changes = await library.corrected(outline, [newest])
        assert changes == [Change(0, newest)]
        await library.delete(made[:1])
        outline, changes = await library.corrected(outline, made[:1])
        assert changes == [Change(3)]
        assert await library.rows(outline, 0, 10) == [newest, made[2], made[1]]
