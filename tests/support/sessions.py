"""A session in use: on a real library, with a fake engine, for tests of what a person can do."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from pathlib import Path

from studio.library import Picture
from studio.ui.session import Notice, Session
from tests.support.fakes import FakeCatalog, FakeEngine, make_session


@asynccontextmanager
async def a_session(
    folder: Path, catalog: FakeCatalog | None = None
) -> AsyncIterator[tuple[Session, FakeEngine, list[Notice]]]:
    """A session below `folder`, its engine, and what it tells the artist."""
    session = make_session(folder, catalog=catalog)
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    session.journalling.begin()
    engine = session.engine
    assert isinstance(engine, FakeEngine)
    try:
        yield session, engine, notices
    finally:
        await session.close()
        await session.library.close()


async def until(holds: Callable[[], object]) -> None:
    """Let the loop go on until `holds()`, ten seconds at most."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.005)


async def a_finished_picture(session: Session, engine: FakeEngine) -> Picture:
    """The first picture of a session, generated and in its history."""
    session.generation.generate()
    await until(lambda: engine.jobs)
    engine.jobs[0].start()
    engine.jobs[0].finish()
    await until(lambda: session.shown.picture)
    assert session.shown.picture is not None
    return session.shown.picture
