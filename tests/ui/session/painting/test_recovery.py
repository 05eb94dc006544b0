"""Work that wasn't saved is on the disk, and is offered again."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path

import numpy as np

from studio.document import Document, Edit
from studio.document.edits import add_paint_layer
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from studio.ui.session import Session
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session, until


def journals(folder: Path) -> list[Path]:
    return sorted(folder.rglob("*.journal"))


def painted(session: Session, name: str = "moon", path: Path | None = None) -> Document:
    """A document with a change that isn't saved, on the canvas."""
    picture = Document.of_picture(picture_pixels(), name)
    document = Document(picture.content, name, path)
    session.editing.open(document)
    document.do(add_paint_layer(document.content))
    return document


async def crash(session: Session) -> None:
    """All is as on the disk now; the process is no more."""
    await session.journalling.settle()
    folder = session.journalling._folder
    assert folder is not None
    folder._lock.release()
    session.journalling._folder = None


async def test_an_edit_is_offered_after_a_crash_and_comes_back_to_the_last_byte(
    tmp_path: Path,
) -> None:
    named = tmp_path / "moon.ora"
    named.write_bytes(b"as it was saved")
    async with a_session(tmp_path) as (session, _, _notices):
        document = painted(session, path=named)
        await crash(session)
        async with a_session(tmp_path) as (after, _, _notices):
            after.recovery.look()
            await until(lambda: after.recovery.offers)
            [offer] = after.recovery.offers
            assert (offer.name, offer.size) == ("moon (recovered)", Size(64, 48))
            assert offer.picture.shape == (48, 64, 4)
            assert after.editing.document is None  # nothing is forced on anyone
            after.recovery.recover(offer)
            await until(lambda: after.editing.document)
            found = after.editing.document
            assert found is not None
            assert np.array_equal(flatten(found.content), flatten(document.content))
            assert [layer.id for layer in found.content.layers] == [
                layer.id for layer in document.content.layers
            ]
            assert found.path is None
            assert found.is_modified
            assert after.recovery.offers == ()
            await until(lambda: not offer.journal.exists())
            assert named.read_bytes() == b"as it was saved"


async def test_closing_with_changes_asks_nothing_and_loses_nothing(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _notices):
        painted(session)
    async with a_session(tmp_path) as (session, _, _notices):
        session.recovery.look()
        await until(lambda: session.recovery.offers)
        session.recovery.put_off()
        assert session.recovery.offers == ()
    async with a_session(tmp_path) as (session, _, _notices):
        session.recovery.look()
        await until(lambda: session.recovery.offers)
        session.recovery.discard(session.recovery.offers[0])
    assert journals(tmp_path) == []


async def test_what_is_saved_or_unchanged_leaves_no_journal(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _notices):
        document = painted(session)
        session.artworks.save(tmp_path / "moon.ora")
        await until(lambda: not document.is_modified)
        session.editing.open(Document.blank(Size(20, 20)))
        await session.journalling.settle()
        assert len(journals(tmp_path)) == 1  # of the blank one: ready for the first stroke
    assert journals(tmp_path) == []


async def test_one_that_was_put_away_is_no_longer_offered(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        document = painted(session)
        session.artworks.new(Size(20, 20))
        await until(lambda: not document.is_modified)
        assert "put away" in notices[-1].sentence
    assert journals(tmp_path) == []
    assert (session.artworks.folder / "moon.ora").exists()


async def test_closing_waits_for_what_is_being_saved(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _notices):
        painted(session)
        session.artworks.save(tmp_path / "moon.ora")
    assert (tmp_path / "moon.ora").exists()
    assert journals(tmp_path) == []


async def test_every_edit_of_many_is_on_the_disk_soon(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _notices):
        document = painted(session)
        for number in range(30):
            document.do(Edit("Prompt", replace(document.content, prompt=str(number))))
            if number % 7 == 0:
                await asyncio.sleep(0.005)
    async with a_session(tmp_path) as (session, _, _notices):
        session.recovery.look()
        await until(lambda: session.recovery.offers)
        session.recovery.recover(session.recovery.offers[0])
        await until(lambda: session.editing.document)
        assert session.editing.document is not None
        assert session.editing.document.content.prompt == "29"


async def test_a_disk_that_refuses_is_told_and_nothing_stops(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        (session.library.data_folder / "journals").write_text("in the way")
        document = painted(session)
        await until(lambda: notices)
        assert "kept safe" in notices[0].sentence
        document.undo()
        assert not document.is_modified
