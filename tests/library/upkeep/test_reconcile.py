"""The index follows the files, and is made anew from them."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from PIL import Image

from studio.domain.errors import StorageError
from studio.domain.operation import Operation
from studio.library import Library
from studio.library.index.marks import Marks
from studio.library.labels.sidecar import record_content, sidecar_path
from studio.library.picture import Parent, ParentRole, Picture, PictureRecord
from studio.library.steps.steps import steps_path
from studio.library.store import Store
from studio.library.upkeep import reconcile as module
from studio.library.upkeep.rebuild import rebuild
from tests.library.index.test_marks import marks
from tests.support.samples import a_request, noise

DAY = "2026-03-01"


def look(pictures: Path, data: Path) -> list[Picture]:
    """All pictures after the index was brought into agreement with the files."""
    store = Store(pictures, data)
    try:
        list(store.reconcile())
        return store.page(limit=10_000)
    finally:
        store.close()


def an_import(pictures: Path, name: str, said: Marks = Marks()) -> PictureRecord:  # noqa: B008
    """Another program's picture in the history's folder, with our sidecar beside it."""
    path = pictures / DAY / name
    path.parent.mkdir(parents=True, exist_ok=True)
    Image.fromarray(noise(3)).save(path)
    made = datetime(2026, 3, 1, 12, tzinfo=UTC)
    record = PictureRecord(None, 0, made, 0.0, "ab" * 32, title="from afar")
    sidecar_path(path).write_bytes(record_content(record, said))
    return record


@pytest.mark.parametrize("name", ["a.png", "b.jpg", "c.webp", "d.tiff"])
def test_imports_are_adopted_by_their_sidecars(pictures: Path, data: Path, name: str) -> None:
    record = an_import(pictures, name, Marks(5, ("theirs",), ("Found",)))
    (picture,) = look(pictures, data)
    assert picture.record == record
    assert (picture.width, picture.height, picture.request) == (64, 48, None)
    assert (picture.rating, picture.tags, picture.operation) == (5, ("theirs",), Operation.IMPORT)


def test_what_an_imports_file_says_is_read_from_it(pictures: Path, data: Path) -> None:
    an_import(pictures, "a.png")
    path = pictures / DAY / "a.png"
    text = "an owl\nNegative prompt: rain\nSteps: 20, Sampler: Euler, CFG scale: 5, Seed: 8"
    from PIL.PngImagePlugin import PngInfo

    said = PngInfo()
    said.add_text("parameters", text)
    Image.fromarray(noise(3)).save(path, pnginfo=said)
    (picture,) = look(pictures, data)
    assert (picture.settings.prompt, picture.seed, picture.settings.steps) == ("an owl", 8, 20)


def test_pictures_that_are_none_of_ours_are_not_adopted(pictures: Path, data: Path) -> None:
    an_import(pictures, "a.png")
    (pictures / DAY / "a.png.xmp").unlink()
    an_import(pictures, "half.jpg")
    (pictures / DAY / "half.jpg").write_bytes(b"\xff\xd8\xff")
    assert look(pictures, data) == []


@settings(max_examples=10, deadline=None)
@given(said=st.lists(marks, min_size=1, max_size=4))
def test_a_rebuild_gives_everything_back(
    said: list[Marks], tmp_path_factory: pytest.TempPathFactory
) -> None:
    folder = tmp_path_factory.mktemp("rebuild")
    pictures, data = folder / "pictures", folder / "data"
    an_import(pictures, "a.webp", said[0])
    assert len(look(pictures, data)) == 1
    store = Store(pictures, data)
    for seed, mark in enumerate(said):
        made = store.record(
            noise(seed),
            a_request(seed=seed),
            previews=noise(seed)[None],
            parents=[Parent(ParentRole.CANVAS, "cd" * 32)],
            batch="7",
            project="Owls",
        )
        store.marks.rate([made], mark.rating)
        store.marks.tag([made], mark.tags)
        for name in mark.collections:
            store.marks.collect(name, [made])
    before = store.page(limit=100)
    collections = store.marks.collections()
    store.close()  # what was said isn't in the sidecars yet
    assert list(rebuild(pictures, data))[-1] == len(before)
    store = Store(pictures, data)
    after = store.page(limit=100)
    assert [replace(picture, id=0) for picture in after] == [replace(p, id=0) for p in before]
    assert store.marks.collections() == collections
    store.close()


def test_an_open_history_is_not_rebuilt(store: Store, pictures: Path, data: Path) -> None:
    with pytest.raises(StorageError, match="open in another window"):
        list(rebuild(pictures, data))


def test_a_damaged_database_is_rebuilt(pictures: Path, data: Path) -> None:
    store = Store(pictures, data)
    made = store.record(noise(), a_request())
    store.close()
    (data / "history.sqlite3").write_bytes(b"no database" * 100)
    assert list(rebuild(pictures, data))[-1] == 1
    assert look(pictures, data)[0].record == made.record


def test_a_folder_in_which_nothing_happened_is_not_read_again(
    pictures: Path, data: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("a.png", "b.png"):
        an_import(pictures, name)
    past = time.time_ns() - 3_600_000_000_000
    os.utime(pictures / DAY, ns=(past, past))
    assert len(look(pictures, data)) == 2
    read: list[str] = []
    look_into = module.Reconciler._look_into
    monkeypatch.setattr(
        module.Reconciler,
        "_look_into",
        lambda self, name: read.append(name) or look_into(self, name),
    )
    assert len(look(pictures, data)) == 2
    assert read == []
    (pictures / DAY / "a.png").unlink()
    assert len(look(pictures, data)) == 1
    assert read == [DAY]


def test_a_folder_that_is_gone_takes_its_pictures_with_it(pictures: Path, data: Path) -> None:
    an_import(pictures, "a.png")
    assert len(look(pictures, data)) == 1
    (pictures / DAY).rename(pictures / "away")
    assert look(pictures, data) == []
    (pictures / "away").rename(pictures / DAY)
    assert len(look(pictures, data)) == 1


def test_what_comes_while_it_looks_is_left_alone(pictures: Path, data: Path) -> None:
    store = Store(pictures, data)
    made = store.record(noise(), a_request())
    future = time.time_ns() + 10_000_000_000
    fresh = [made.path.with_name(name) for name in (".pentimento-1.tmp", "00007-7.png")]
    for path in fresh:
        path.touch()
        os.utime(path, ns=(future, future))
    copy = made.path.with_name("00008-8.png")
    copy.write_bytes(made.path.read_bytes())
    os.utime(copy, ns=(future, future))
    list(store.reconcile())
    assert all(path.exists() for path in (*fresh, copy))
    assert store.page() == [made]
    store.close()


def test_rows_say_whether_their_steps_are_there(pictures: Path, data: Path) -> None:
    store = Store(pictures, data)
    kept, lost = (
        store.record(noise(seed), a_request(seed=seed), previews=noise(seed)[None])
        for seed in (1, 2)
    )
    store.close()
    way = steps_path(lost.path)
    way.rename(pictures / "way")
    assert {picture.id: picture.has_steps for picture in look(pictures, data)} == {
        kept.id: True,
        lost.id: False,
    }
    (pictures / "way").rename(way)
    assert all(picture.has_steps for picture in look(pictures, data))


async def test_what_is_found_is_announced(pictures: Path, data: Path) -> None:
    an_import(pictures, "a.png")
    gone = an_import(pictures, "b.png")
    assert len(look(pictures, data)) == 2
    (pictures / DAY / "b.png").unlink()
    an_import(pictures, "c.png")
    library = await Library.open(pictures, data, trash=Path.unlink)
    heard: dict[str, list[Picture]] = {"added": [], "removed": []}
    library.added.connect(heard["added"].extend)
    library.removed.connect(heard["removed"].extend)
    await library.settled()
    assert [picture.path.name for picture in heard["added"]] == ["c.png"]
    assert [picture.record for picture in heard["removed"]] == [gone]
    assert library.count() == 2
    await library.close()


async def test_closing_does_not_wait_for_the_rest(pictures: Path, data: Path) -> None:
    for month in range(1, 10):
        created = datetime(2025, month, 1, tzinfo=UTC) + timedelta(hours=12)
        folder = pictures / f"{created:%Y-%m-%d}"
        folder.mkdir(parents=True)
    library = await Library.open(pictures, data, trash=Path.unlink)
    await library.close()
    await library.settled()
