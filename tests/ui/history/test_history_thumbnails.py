"""Thumbnails: a few at a time, the latest wish first, a broken file doesn't stop the rest."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator

import numpy as np
import pytest
from PySide6.QtCore import QObject
from PySide6.QtGui import QPixmap
from qasync import QEventLoop

from studio.domain.errors import PictureError
from studio.domain.events import Pixels
from studio.library import Picture
from studio.ui.history.pixmaps import Pixmaps
from studio.ui.history.thumbnails import AT_ONCE, SIDES_PX, Thumbnails
from tests.support.samples import a_picture


class SlowLibrary:
    """Thumbnails come when the test says so; `broken` ones fail."""

    def __init__(self) -> None:
        self.asked: list[int] = []
        self.broken: set[int] = set()
        self.gate = asyncio.Event()
        self.at_once = 0
        self.most_at_once = 0

    async def thumbnail(self, picture: Picture, side_px: int) -> Pixels:
        self.asked.append(picture.id)
        self.at_once += 1
        self.most_at_once = max(self.most_at_once, self.at_once)
        await self.gate.wait()
        await asyncio.sleep(0)
        self.at_once -= 1
        if picture.id in self.broken:
            raise PictureError("damaged")
        return np.zeros((side_px, side_px, 3), np.uint8)


def picture(number: int) -> Picture:
    return a_picture(number)


@pytest.fixture
def library() -> SlowLibrary:
    return SlowLibrary()


@pytest.fixture
def thumbnails(library: SlowLibrary, qasync_loop: QEventLoop) -> Iterator[Thumbnails]:
    parent = QObject()
    thumbnails = Thumbnails(library, parent)  # type: ignore[arg-type]
    thumbnails.set_side(16)
    yield thumbnails
    parent.deleteLater()


async def finish(library: SlowLibrary) -> None:
    library.gate.set()
    for _ in range(50):
        await asyncio.sleep(0)


async def test_a_few_at_a_time_and_the_latest_wish_first(
    thumbnails: Thumbnails, library: SlowLibrary
) -> None:
    for number in range(10):
        assert thumbnails.get(picture(number)) is None
    await asyncio.sleep(0)
    assert library.asked == list(range(AT_ONCE))
    await finish(library)
    assert library.asked == [0, 1, 2, 3, 9, 8, 7, 6, 5, 4]
    assert library.most_at_once == AT_ONCE


async def test_it_is_asked_for_once_and_kept(thumbnails: Thumbnails, library: SlowLibrary) -> None:
    arrived: list[bool] = []
    thumbnails.arrived.connect(lambda: arrived.append(True))
    for _ in range(3):
        assert thumbnails.get(picture(1)) is None
    await finish(library)
    kept = thumbnails.get(picture(1))
    assert kept is not None
    assert (kept.width(), kept.height()) == (SIDES_PX[0], SIDES_PX[0])
    assert library.asked == [1]
    assert arrived == [True]


async def test_a_broken_picture_is_marked_and_not_tried_for_ever(
    thumbnails: Thumbnails, library: SlowLibrary
) -> None:
    library.broken.add(1)
    thumbnails.get(picture(1))
    thumbnails.get(picture(2))
    await finish(library)
    broken, fine = thumbnails.get(picture(1)), thumbnails.get(picture(2))
    assert broken is not None
    assert broken.isNull()
    assert fine is not None
    assert not fine.isNull()
    assert library.asked == [1, 2]


async def test_what_is_out_of_sight_is_not_made(
    thumbnails: Thumbnails, library: SlowLibrary
) -> None:
    for number in range(20):
        thumbnails.get(picture(number))
    thumbnails.want_only({17, 18, 19})
    await finish(library)
    assert library.asked == [0, 1, 2, 3, 19, 18, 17]
    assert not thumbnails.is_busy()


async def test_only_so_many_bytes_are_kept(thumbnails: Thumbnails, library: SlowLibrary) -> None:
    side = SIDES_PX[0]
    kept = Pixmaps[int](3 * side * side * 4 + 100)
    for number in range(5):
        gone = kept.put(number, QPixmap(side, side))
        assert gone == ([number - 3] if number >= 3 else [])
    assert kept.get(2) is not None
    assert kept.get(1) is None
    kept.put(2, QPixmap(1, 1))
    assert kept.put(9, QPixmap(side, side)) == []


async def test_another_scale_asks_again_and_shows_what_there_is(
    thumbnails: Thumbnails, library: SlowLibrary
) -> None:
    thumbnails.get(picture(1))
    await finish(library)
    thumbnails.set_side(SIDES_PX[0] + 1)
    small = thumbnails.get(picture(1))
    assert small is not None
    assert small.width() == SIDES_PX[0]
    await finish(library)
    kept = thumbnails.get(picture(1))
    assert kept is not None
    assert kept.width() == SIDES_PX[1]
    thumbnails.set_side(16)
    await finish(library)
    assert thumbnails.get(picture(1)) is not None
    assert library.asked == [1, 1], "a larger one will do"
