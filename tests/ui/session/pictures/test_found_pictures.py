"""Pictures that are found on the disk while the window is open appear in it."""

from __future__ import annotations

import asyncio
from pathlib import Path

from tests.support.samples import a_request, noise
from tests.support.sessions import a_session, until


async def test_they_come_into_the_gallery(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        session.gallery.open()
        await until(lambda: session.gallery.is_complete)
        record = session.library.store.record
        found = [
            await asyncio.to_thread(record, noise(seed), a_request(seed=seed)) for seed in (1, 2)
        ]
        session.library.added.emit(found)
        await until(lambda: session.gallery.count == 2)
        await until(lambda: session.marks.picture_count == 2)
