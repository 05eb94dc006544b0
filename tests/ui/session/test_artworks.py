"""Artworks as files: saved, opened, and put away when another takes their place."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from studio.document import Document
from studio.document.edits import add_paint_layer
from studio.document.rendering.composite import flatten
from studio.domain.geometry import Size
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session, until


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
