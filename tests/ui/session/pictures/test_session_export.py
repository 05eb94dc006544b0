from __future__ import annotations

from pathlib import Path

import numpy as np

from studio.document import Content, Document, LayerKind
from studio.domain.events import Pixels
from studio.library import ALL_METADATA, Picture, PictureFormat, read_picture, read_request
from studio.ui.session import Session
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_finished_picture, a_session, until


def write(session: Session, source: Picture | Content | Pixels, path: Path) -> None:
    session.export.write(
        source, path, format=PictureFormat.PNG, quality=90, metadata=ALL_METADATA, overwrite=False
    )


async def test_a_picture_an_artwork_and_mere_pixels_become_files(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, notices):
        picture = await a_finished_picture(session, engine)
        pixels = np.dstack([picture_pixels(70, 30), picture_pixels(70, 30, 1)[..., 0]])
        artwork = Document.of_picture(pixels, "My own", LayerKind.PICTURE).content
        sources = {"picture.png": picture, "artwork.png": artwork, "pixels.png": pixels[..., :3]}
        for number, (name, source) in enumerate(sources.items(), start=1):
            write(session, source, tmp_path / name)
            await until(lambda number=number: len(notices) == number)
            assert name in notices[-1].sentence
        assert read_request(tmp_path / "picture.png") == picture.request
        assert read_request(tmp_path / "artwork.png") is None
        assert np.array_equal(read_picture(tmp_path / "artwork.png", keep_alpha=True), pixels)
        assert np.array_equal(read_picture(tmp_path / "pixels.png"), pixels[..., :3])


async def test_what_is_there_already_is_one_sentence(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        (tmp_path / "taken.png").write_bytes(b"mine")
        write(session, picture_pixels(), tmp_path / "taken.png")
        await until(lambda: notices)
        assert "taken.png" in notices[0].sentence
        assert (tmp_path / "taken.png").read_bytes() == b"mine"


async def test_an_artwork_never_replaces_what_is_there_unasked(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        (tmp_path / "taken.png").write_bytes(b"mine")
        artwork = Document.of_picture(picture_pixels(), "moon").content
        write(session, artwork, tmp_path / "taken.png")
        await until(lambda: notices)
        assert notices[0].is_error
        assert "taken.png" in notices[0].sentence
        assert (tmp_path / "taken.png").read_bytes() == b"mine"
        assert [path.name for path in tmp_path.glob("*.png")] == ["taken.png"]
        assert not list(tmp_path.glob(".pentimento-*"))
