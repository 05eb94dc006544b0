from __future__ import annotations

import errno
from pathlib import Path

import numpy as np
import pytest

from studio.library.files.disk import Disk
from studio.library.store import Store
from studio.library.thumbnails import Thumbnails
from tests.support.samples import FailingDisk, a_request, noise


@pytest.mark.parametrize(
    ("width", "height", "expected"),
    [(300, 200, (85, 128)), (200, 300, (128, 85)), (256, 256, (128, 128)), (2000, 3, (1, 128))],
)
def test_it_fits_into_a_square(
    store: Store, data: Path, width: int, height: int, expected: tuple[int, int]
) -> None:
    picture = store.record(noise(0, width, height), a_request())
    small = Thumbnails(data / "thumbnails", Disk()).get(picture, 128)
    assert small.dtype == np.uint8
    assert small.shape == (*expected, 3)


def test_a_small_picture_is_given_as_it_is(store: Store, data: Path) -> None:
    picture = store.record(noise(), a_request())
    assert np.array_equal(Thumbnails(data / "thumbnails", Disk()).get(picture, 64), noise())
    assert not (data / "thumbnails").exists()


def test_it_looks_like_the_picture(store: Store, data: Path) -> None:
    ramp = np.linspace(0, 255, 512).astype(np.uint8)
    pixels = np.ascontiguousarray(np.broadcast_to(ramp[None, :, None], (256, 512, 3)))
    picture = store.record(pixels, a_request())
    thumbnails = Thumbnails(data / "thumbnails", Disk())
    for small in (thumbnails.get(picture, 64), thumbnails.get(picture, 64)):
        assert np.abs(small[16, :, 1].astype(int) - np.linspace(2, 253, 64)).max() < 6


@pytest.mark.parametrize("damage", [b"", b"<html>", b"\xff\xd8\xff\xe0"])
def test_a_damaged_one_is_made_again(store: Store, data: Path, damage: bytes) -> None:
    picture = store.record(noise(0, 200, 200), a_request())
    thumbnails = Thumbnails(data / "thumbnails", Disk())
    thumbnails.get(picture, 64)
    (kept,) = (path for path in (data / "thumbnails").rglob("*") if path.is_file())
    good = kept.read_bytes()
    kept.write_bytes(damage)
    assert thumbnails.get(picture, 64).shape == (64, 64, 3)
    assert kept.read_bytes() == good


def test_a_full_disk_costs_the_copy_not_the_thumbnail(store: Store, data: Path) -> None:
    picture = store.record(noise(0, 200, 200), a_request())
    for fail_at in range(1, 6):
        disk = FailingDisk(fail_at, errno.ENOSPC)
        assert Thumbnails(data / str(fail_at), disk).get(picture, 64).shape == (64, 64, 3)


def test_one_size_never_answers_for_another(store: Store, data: Path) -> None:
    picture = store.record(noise(0, 200, 200), a_request())
    other = store.record(noise(1, 200, 200), a_request())
    thumbnails = Thumbnails(data / "thumbnails", Disk())
    assert thumbnails.get(picture, 64).shape == (64, 64, 3)
    assert thumbnails.get(picture, 32).shape == (32, 32, 3)
    assert not np.array_equal(thumbnails.get(other, 64), thumbnails.get(picture, 64))
