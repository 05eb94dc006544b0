"""The journal: what was written is recovered, whatever became of the file after it."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from studio.document import Area, Content, Document, Edit, TiledImage
from studio.document.journal import Journal, Moment, recover
from studio.domain.errors import StorageError
from studio.domain.geometry import Box, Size
from tests.support.documents import contents, few, noise


def same(one: Content, other: Content) -> None:
    assert (one.size, one.active_id, one.prompt, one.working_area) == (
        other.size,
        other.active_id,
        other.prompt,
        other.working_area,
    )
    assert one.mask.same_pixels(other.mask)
    for a, b in zip(one.layers, other.layers, strict=True):
        for name in ("id", "name", "kind", "opacity", "visible", "blend_mode", "x", "y"):
            assert getattr(a, name) == getattr(b, name)
        assert a.image.same_pixels(b.image)
        assert (a.mask is None) == (b.mask is None)
        if a.mask is not None and b.mask is not None:
            assert a.mask.same_pixels(b.mask)


def recovered(path: Path) -> Moment:
    moment = recover(path)
    assert moment is not None
    return moment


def painted(content: Content, value: int, x: int = 0) -> Content:
    """A stroke of 30 × 30 pixels on the lowest layer."""
    layer = content.layers[0]
    pixels = np.full((30, 30, 4), value, np.uint8)
    return content.with_layer(
        replace(layer, image=layer.image.written(Area(x, 0, x + 30, 30), pixels))
    )


@few
@given(st.lists(contents(), min_size=1, max_size=3))
def test_the_last_of_any_documents_comes_back(
    tmp_path_factory: pytest.TempPathFactory, drawn: list[Content]
) -> None:
    journal = Journal(tmp_path_factory.mktemp("journal") / "1.journal")
    for content in drawn:
        content = replace(
            content,
            prompt="a “moon”",
            working_area=Box(1, 2, 30, 40),
            mask=TiledImage.of(noise(40, 30, 1), 5, 6),
        )
        journal.write(Moment(content, "näme", Path("/somewhere/a.ora"), True))
        moment = recovered(journal.path)
        same(content, moment.content)
        assert (moment.name, moment.path, moment.is_modified) == (
            "näme",
            Path("/somewhere/a.ora"),
            True,
        )
    journal.close()


def test_a_stroke_adds_no_more_than_its_tiles_and_undoing_it_none(tmp_path: Path) -> None:
    content = Document.of_picture(noise(1024, 1024)).content
    journal = Journal(tmp_path / "1.journal")
    journal.write(Moment(content))
    whole = journal.path.stat().st_size
    stroke = painted(content, 90)
    journal.write(Moment(stroke))
    added = journal.path.stat().st_size - whole
    assert 0 < added <= 1.1 * 256 * 256 * 4
    before = journal.path.stat().st_size
    journal.write(Moment(content))
    assert journal.path.stat().st_size - before < 2000
    same(content, recovered(journal.path).content)
    journal.write(Moment(stroke))
    assert journal.path.stat().st_size - before < 4000
    same(stroke, recovered(journal.path).content)
    journal.close()


def test_it_never_grows_beyond_its_bound(tmp_path: Path) -> None:
    content = Document.of_picture(noise(256, 256)).content
    journal = Journal(tmp_path / "1.journal", room_bytes=100_000)
    journal.write(Moment(content))
    bound = 2 * journal.path.stat().st_size + 100_000
    for value in range(1, 12):
        pixels = noise(256, 256, seed=value)
        content = content.with_layer(replace(content.layers[0], image=TiledImage.of(pixels)))
        journal.write(Moment(content))
        assert journal.path.stat().st_size <= bound
        same(content, recovered(journal.path).content)
    assert [path.name for path in tmp_path.iterdir()] == ["1.journal"]
    journal.close()


def test_cut_off_anywhere_it_gives_the_last_moment_that_is_whole(tmp_path: Path) -> None:
    journal = Journal(tmp_path / "1.journal")
    content = Document.blank(Size(300, 300)).content
    moments, ends = [content], []
    for value in (10, 20, 30):
        moments.append(painted(moments[-1], value, value))
    for each in moments:
        journal.write(Moment(each))
        ends.append(journal.path.stat().st_size)
    journal.close()
    data = journal.path.read_bytes()
    cut = tmp_path / "cut.journal"
    for length in sorted({*range(0, len(data), 97), *ends, *(end - 1 for end in ends)}):
        cut.write_bytes(data[:length])
        whole = [each for each, end in zip(moments, ends, strict=True) if end <= length]
        moment = recover(cut)
        if whole:
            assert moment is not None
            same(whole[-1], moment.content)
        else:
            assert moment is None


@few
@given(st.data())
def test_damaged_anywhere_it_gives_a_moment_that_was(
    tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    folder = tmp_path_factory.mktemp("journal")
    journal = Journal(folder / "1.journal")
    first = Document.blank(Size(300, 300)).content
    second = painted(first, 70)
    for content in (first, second):
        journal.write(Moment(content))
    journal.close()
    bad = bytearray(journal.path.read_bytes())
    place = data.draw(st.integers(0, len(bad) - 1))
    bad[place] ^= data.draw(st.integers(1, 255))
    (folder / "bad.journal").write_bytes(bad)
    moment = recover(folder / "bad.journal")
    if moment is not None:  # the second lies at the end: one byte of it or before it is wrong
        same(first, moment.content)


def test_what_is_no_journal_gives_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.journal").write_bytes(os.urandom(5000))
    assert recover(tmp_path / "a.journal") is None
    assert recover(tmp_path / "there is none.journal") is None


def test_a_disk_that_refuses_is_one_sentence_and_the_next_write_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "window"
    journal = Journal(folder / "1.journal")
    content = Document.blank(Size(300, 300)).content
    with pytest.raises(StorageError, match="kept safe"):
        journal.write(Moment(content))
    folder.mkdir()
    journal.write(Moment(content))
    same(content, recovered(journal.path).content)
    journal.discard()
    assert not list(folder.iterdir())


def test_undo_of_a_document_is_followed(tmp_path: Path) -> None:
    document = Document.of_picture(noise(300, 300))
    journal = Journal(tmp_path / "1.journal")
    journal.write(Moment(document.content))
    document.do(Edit("Brush stroke", painted(document.content, 50)))
    journal.write(Moment(document.content))
    document.undo()
    journal.write(Moment(document.content))
    same(document.content, recovered(journal.path).content)
    journal.close()
