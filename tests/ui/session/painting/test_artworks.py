"""Artworks as files: saved, opened, and put away when another takes their place."""

from __future__ import annotations

import os
from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.document import Document, openraster
from studio.document.edits import add_paint_layer
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from studio.library import NO_METADATA, PictureFormat
from studio.ui.session import Session
from tests.support.disks import FailingDisk, GatedDisk
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session, until


def a_document(session: Session, name: str = "moon") -> Document:
    """A changed document in the session."""
    document = Document.of_picture(picture_pixels(), name)
    document.do(add_paint_layer(document.content))
    session.editing.open(document)
    return document


def cancelled_at_once(session: Session) -> list[str]:
    """The titles of what begins from now on and is cancelled before anything of it is done."""
    titles: list[str] = []

    def cancel() -> None:
        for task in session.tasks.running:
            task.cancel()
            titles.append(task.title)

    session.tasks.changed.connect(cancel)
    return titles


def layers_in(path: Path) -> int:
    return len(openraster.read(path).content.layers)


async def test_an_artwork_is_saved_and_opened_again(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        document = Document.of_picture(picture_pixels(), "apple")
        document.do(add_paint_layer(document.content))
        session.editing.open(document)
        path = tmp_path / "apple.ora"
        session.artworks.save(path)
        await until(lambda: not document.is_modified)
        assert "apple.ora" in notices[0].sentence
        session.editing.close()
        session.artworks.open(path)
        await until(lambda: session.editing.document)
        opened = session.editing.document
        assert opened is not None
        assert opened.path == path
        assert not opened.is_modified
        assert np.array_equal(flatten(opened.content), flatten(document.content))


async def test_a_changed_artwork_that_makes_room_is_put_away_and_can_be_brought_back(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        session.artworks.folder.mkdir(parents=True)
        (session.artworks.folder / "moon.ora").write_bytes(b"another one's")
        document = Document.of_picture(picture_pixels(), "moon")
        document.do(add_paint_layer(document.content))
        session.editing.open(document)
        session.artworks.new(Size(32, 32))
        await until(lambda: notices)
        assert (session.artworks.folder / "moon.ora").read_bytes() == b"another one's"
        action = notices[0].action
        assert action is not None
        action[1]()
        await until(
            lambda: session.editing.document and len(session.editing.document.content.layers) == 2
        )


async def test_an_unchanged_one_leaves_no_file(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        session.editing.open(Document.of_picture(picture_pixels()))
        session.artworks.new(Size(32, 32))
        assert not notices
        assert not session.artworks.folder.exists()


async def test_pictures_open_as_artworks_with_their_transparency(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _notices):
        Image.new("RGBA", (20, 10), (255, 0, 0, 100)).save(tmp_path / "red.png")
        session.artworks.open(tmp_path / "red.png")
        await until(lambda: session.editing.document)
        document = session.editing.document
        assert document is not None
        assert document.size == Size(20, 10)
        assert flatten(document.content)[0, 0, 3] == 100


async def test_a_file_that_is_none_is_one_sentence(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        (tmp_path / "no.ora").write_bytes(b"nothing")
        session.artworks.open(tmp_path / "no.ora")
        await until(lambda: notices)
        assert "no.ora" in notices[0].sentence
        assert session.editing.document is None


async def test_what_is_painted_while_it_is_saved_isnt_saved_yet(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        disk = session.artworks.disk = GatedDisk(is_open=False)
        document, path = a_document(session), tmp_path / "moon.ora"
        session.artworks.save(path)
        await until(lambda: disk.begun)
        assert [task.title for task in session.tasks.running] == ["Saving “moon.ora”"]
        document.do(add_paint_layer(document.content))
        disk.gate.set()
        await until(lambda: notices)
        assert document.path == path
        assert document.is_modified
        assert layers_in(path) == 2
        assert session.tasks.running == ()
        session.artworks.save()
        await until(lambda: not document.is_modified)
        assert layers_in(path) == 3


async def test_of_many_that_wait_one_saves_it_all(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        disk = session.artworks.disk = GatedDisk(is_open=False)
        document, path = a_document(session), tmp_path / "moon.ora"
        session.artworks.save(path)
        await until(lambda: disk.begun)
        for _ in range(5):
            document.do(add_paint_layer(document.content))
            session.artworks.save(path)
        assert len(session.tasks.running) == 1
        disk.gate.set()
        await until(lambda: len(notices) == 2)
        assert disk.renamed == 2
        assert not document.is_modified
        assert layers_in(path) == 7


async def test_cancelling_leaves_the_file_as_it_was_and_offers_to_save(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        disk = session.artworks.disk = GatedDisk()
        document, path = a_document(session), tmp_path / "moon.ora"
        session.artworks.save(path)
        await until(lambda: notices)
        before = path.read_bytes()
        document.do(add_paint_layer(document.content))
        disk.gate.clear()
        session.artworks.save()
        await until(lambda: disk.begun == 2)
        session.tasks.running[0].cancel()
        disk.gate.set()
        await until(lambda: len(notices) == 2)
        assert "as it was before" in notices[1].sentence
        assert not notices[1].is_error
        assert path.read_bytes() == before
        assert document.is_modified
        assert not list(tmp_path.glob(".pentimento-*"))
        session.editing.open(Document.blank(Size(9, 9)))  # the offer is about the document it was
        await until(lambda: len(notices) == 3)
        document.do(add_paint_layer(document.content))
        assert notices[1].action is not None
        notices[1].action[1]()
        await until(lambda: not document.is_modified)
        assert layers_in(path) == 4


async def test_one_that_leaves_while_it_is_saved_is_written_once(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        disk = session.artworks.disk = GatedDisk(is_open=False)
        document, path = a_document(session), tmp_path / "moon.ora"
        session.artworks.save(path)
        await until(lambda: disk.begun)
        session.artworks.new(Size(9, 9))
        disk.gate.set()
        await until(lambda: notices)
    assert disk.renamed == 1
    assert not document.is_modified
    assert len(notices) == 1


async def test_putting_away_can_be_cancelled_and_nothing_is_lost(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        disk = session.artworks.disk = GatedDisk(is_open=False)
        document = a_document(session)
        session.artworks.new(Size(9, 9))
        await until(lambda: disk.begun)
        session.tasks.running[0].cancel()
        disk.gate.set()
        await until(lambda: notices)
        assert notices[0].action is not None
        notices[0].action[1]()
        assert session.editing.document is document


@pytest.mark.parametrize("call", ["create", "sync", "rename"])
async def test_a_disk_that_refuses_once_takes_nothing(tmp_path: Path, call: str) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        document, path = a_document(session), tmp_path / "moon.ora"
        session.artworks.save(path)
        await until(lambda: notices)
        before = path.read_bytes()
        document.do(add_paint_layer(document.content))
        session.artworks.disk = FailingDisk(call)
        session.artworks.save()
        await until(lambda: len(notices) == 2)
        assert notices[1].is_error
        assert str(path) in notices[1].sentence
        assert path.read_bytes() == before
        assert document.is_modified
        assert not list(tmp_path.glob(".pentimento-*"))
        session.artworks.save()
        await until(lambda: not document.is_modified)
        assert layers_in(path) == 3


async def test_opening_can_be_cancelled(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        a_document(session)
        session.artworks.save(tmp_path / "moon.ora")
        await until(lambda: notices)
        session.editing.close()
        titles = cancelled_at_once(session)
        session.artworks.open(tmp_path / "moon.ora")
        await until(lambda: titles and not session.tasks.running)
        assert titles == ["Opening “moon.ora”"]
        assert session.editing.document is None
        assert len(notices) == 1


async def test_exporting_can_be_cancelled_before_the_file_begins(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        titles = cancelled_at_once(session)
        session.export.write(
            a_document(session).content,
            tmp_path / "moon.png",
            format=PictureFormat.PNG,
            quality=90,
            metadata=NO_METADATA,
            overwrite=False,
        )
        await until(lambda: titles and not session.tasks.running)
        assert titles == ["Exporting “moon.png”"]
        assert not (tmp_path / "moon.png").exists()
        assert not notices


async def test_what_a_crash_left_half_written_goes_with_a_later_save(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        old, new, own = (
            tmp_path / f"{name}.tmp" for name in (".pentimento-1", ".pentimento-2", "x")
        )
        for path in (old, new, own):
            path.write_bytes(b"half")
        for path in (old, own):
            os.utime(path, (1e9, 1e9))
        a_document(session)
        session.artworks.save(tmp_path / "moon.ora")
        await until(lambda: notices)
        assert [path.exists() for path in (old, new, own)] == [False, True, True]
