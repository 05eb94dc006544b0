"""The shelf in the session: what stands on it, what is taken from it, for which side of a mask."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from studio.document import Document
from studio.library.style_shelf import StyleEntry
from studio.ui.session import Session
from tests.support.fakes import picture_pixels
from tests.support.sessions import a_session, until

PAINTED = [StyleEntry(name, Path(name), painted=name) for name in "abcde"]


def names(session: Session) -> list[str]:
    return [choice.entry.name for choice in session.styles.chosen]


async def test_a_file_is_added_chosen_renamed_and_moved_to_the_trash(tmp_path: Path) -> None:
    path = tmp_path / "Meine Welle?.png"
    Image.fromarray(picture_pixels(50, 40)).save(path)
    async with a_session(tmp_path / "studio") as (session, _, notices):
        session.styles.add(path, path.stem)
        await until(lambda: names(session) == ["Meine Welle_"])
        (entry,) = [entry for entry in session.styles.entries if entry.is_own]
        assert entry.path.is_file()
        session.styles.rename(entry, "The wave")
        await until(lambda: names(session) == ["The wave"])
        (entry,) = [entry for entry in session.styles.entries if entry.is_own]
        session.styles.remove(entry)
        await until(lambda: not session.styles.chosen)
        assert not [entry for entry in session.styles.entries if entry.is_own]
        assert (tmp_path / "studio" / "trash" / "The wave.png").is_file()
        assert not notices


async def test_pixels_are_added_too_and_what_is_no_picture_is_told(tmp_path: Path) -> None:
    broken = tmp_path / "broken.png"
    broken.write_bytes(b"no picture")
    async with a_session(tmp_path / "studio") as (session, _, notices):
        session.styles.add(picture_pixels(30, 20), "Dropped picture")
        await until(lambda: names(session) == ["Dropped picture"])
        session.styles.add(broken, "broken")
        await until(lambda: notices)
        assert names(session) == ["Dropped picture"]
        assert "broken" in notices[0].sentence


async def test_a_name_that_is_taken_is_told_and_nothing_changes(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        for name in ("one", "two"):
            session.styles.add(picture_pixels(30, 20), name)
            await until(lambda name=name: names(session) == [name])
        entry = session.styles.chosen[0].entry
        session.styles.rename(entry, "one")
        await until(lambda: notices)
        assert "one" in notices[0].sentence
        assert names(session) == ["two"]


async def test_a_click_chooses_one_and_blending_adds_and_takes_out(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        styles = session.styles
        styles.choose(PAINTED[0])
        styles.blend(PAINTED[1])
        styles.change(1, weight=0.3)
        styles.change(1, scale=2.0)
        assert names(session) == ["a", "b"]
        assert (styles.chosen[1].weight, styles.chosen[1].scale) == (0.3, 2.0)
        styles.blend(PAINTED[0])
        assert names(session) == ["b"]
        assert styles.chosen[0].weight == 0.3
        styles.choose(PAINTED[2])
        assert names(session) == ["c"]


async def test_a_fifth_style_and_one_of_another_kind_are_refused_with_a_sentence(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        for entry in PAINTED:
            session.styles.blend(entry)
        assert names(session) == ["a", "b", "c", "d"]
        assert "At most 4" in notices[0].sentence
        session.styles.choose(PAINTED[0])
        session.styles.blend(StyleEntry("picture", Path("picture.png")))
        assert names(session) == ["a"]
        assert "can't be blended" in notices[1].sentence


async def test_the_other_side_of_the_mask_has_styles_of_its_own(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, _):
        styles, restyling = session.styles, session.restyling
        styles.choose(PAINTED[0])
        styles.set_has_outside(True)
        assert styles.is_outside
        styles.choose(PAINTED[1])
        assert [choice.entry.name for choice in restyling.styles] == ["a"]
        assert [choice.entry.name for choice in restyling.outside] == ["b"]
        styles.choose_for(outside=False)
        assert names(session) == ["a"]
        styles.choose(PAINTED[2])
        assert [choice.entry.name for choice in restyling.outside] == ["b"]
        styles.set_has_outside(False)
        assert restyling.outside == ()
        assert names(session) == ["c"]


@pytest.mark.parametrize("as_file", [True, False])
async def test_a_photo_is_opened_and_tried_out_with_what_is_chosen(
    tmp_path: Path, as_file: bool
) -> None:
    pixels = picture_pixels(60, 40)
    path = tmp_path / "harbour.png"
    Image.fromarray(pixels).save(path)
    async with a_session(tmp_path / "studio") as (session, engine, _):
        session.styles.choose(PAINTED[0])
        assert not engine.jobs
        session.styles.open_content(path if as_file else pixels, "harbour")
        await until(lambda: engine.jobs)
        document = session.editing.document
        assert document is not None and document.name == "harbour"
        assert np.array_equal(
            document.content.layers[0].image.read(document.content.area)[..., :3], pixels
        )
        assert session.restyling.trial.is_on


async def test_an_artwork_that_is_opened_otherwise_is_left_alone(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, engine, _):
        session.styles.choose(PAINTED[0])
        session.editing.open(Document.of_picture(picture_pixels(60, 40)))
        assert not session.restyling.trial.is_on
        assert not engine.jobs
