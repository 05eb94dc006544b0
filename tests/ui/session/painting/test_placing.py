"""What a picture from outside becomes in the open artwork."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PIL import Image

from studio.document import Document
from studio.document.edits import crop
from studio.domain.geometry import Box
from tests.support.sessions import a_session, until


async def test_a_picture_of_other_proportions_is_fitted_as_the_mask(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        document = Document.of_picture(np.zeros((40, 80, 3), np.uint8))
        session.editing.open(document)
        path = tmp_path / "white.png"
        Image.new("RGB", (10, 10), "white").save(path)
        session.placing.as_mask(path)
        await until(lambda: document.content.mask.count)
        mask = document.content.mask.read(document.content.area)
        assert (mask[:, 20:60] == 255).all()
        assert not mask[:, :20].any()
        assert not mask[:, 60:].any()
        assert document.log.undo_name == "Mask from picture"


async def test_a_cutout_is_meant_by_its_transparency(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        document = Document.of_picture(np.zeros((20, 20, 3), np.uint8))
        session.editing.open(document)
        cutout = np.zeros((20, 20, 4), np.uint8)
        cutout[5:10, :, 3] = 255
        session.placing.as_mask(cutout)
        await until(lambda: document.content.mask.count)
        assert np.array_equal(document.content.mask.read(document.content.area), cutout[..., 3])


async def test_a_document_cropped_meanwhile_gets_a_mask_of_its_new_size(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        document = Document.of_picture(np.zeros((40, 80, 3), np.uint8))
        session.editing.open(document)
        session.placing.as_mask(np.full((10, 10, 3), 255, np.uint8))
        document.do(crop(document.content, Box(0, 0, 40, 40)))
        await until(lambda: document.content.mask.count)
        assert document.content.mask.read(document.content.area).min() == 255


async def test_a_picture_comes_to_a_place(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        session.placing.at(np.zeros((5, 5, 3), np.uint8), "nowhere", 3, 4)
        document = Document.of_picture(np.zeros((20, 20, 3), np.uint8))
        session.editing.open(document)
        session.editing.leave()
        session.placing.at(np.full((5, 5, 4), 9, np.uint8), "here", -2, 4)
        layer = document.content.layers[1]
        assert (layer.name, layer.x, layer.y) == ("here", -2, 4)
        assert session.editing.is_on_canvas
