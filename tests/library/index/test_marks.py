"""Stars, tags and collections: in the rows, in the sidecars, and back from them."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from studio.domain.errors import StorageError, UsageError
from studio.library.index.marks import UNMARKED, Collection, Marks
from studio.library.labels.sidecar import read_sidecar, sidecar_path, write_marks
from studio.library.labels.xmp import XmpFields, packet
from studio.library.picture import Picture
from studio.library.store import Store
from tests.support.samples import FailingDisk, a_request, noise

names = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"]), min_size=1, max_size=9)
marks = st.builds(
    Marks,
    st.integers(0, 5),
    st.lists(names, max_size=4, unique=True).map(tuple),
    st.lists(names, max_size=3, unique=True).map(lambda found: tuple(sorted(found))),
)


@pytest.fixture
def picture(store: Store) -> Picture:
    return store.record(noise(), a_request())


def now(store: Store, picture: Picture) -> Picture:
    found = store.get(picture.id)
    assert found is not None
    return found


def test_a_new_picture_has_none_and_no_sidecar(store: Store, picture: Picture) -> None:
    assert (picture.rating, picture.tags) == (0, ())
    store.save_marks()
    assert not sidecar_path(picture.path).exists()


def test_they_are_in_the_row_at_once_and_then_in_the_sidecar(
    store: Store, picture: Picture
) -> None:
    store.marks.rate([picture], 4)
    store.marks.tag([picture], ["night", " blue  hour ", "night"])
    store.marks.collect("Best of", [picture])
    found = now(store, picture)
    assert (found.rating, found.tags) == (4, ("night", "blue hour"))
    assert read_sidecar(picture.path).marks == UNMARKED
    store.save_marks()
    said = Marks(4, ("night", "blue hour"), ("Best of",))
    assert store.marks.of(picture) == read_sidecar(picture.path).marks == said
    assert sidecar_path(picture.path).name == "00001-7.png.xmp"


def test_a_sidecar_that_says_nothing_goes(store: Store, picture: Picture) -> None:
    store.marks.rate([picture], 1)
    store.save_marks()
    store.marks.rate([picture], 0)
    store.save_marks()
    assert not sidecar_path(picture.path).exists()


def test_tags_are_added_and_taken_away(store: Store, picture: Picture) -> None:
    store.marks.tag([picture], ["a", "b"])
    store.marks.tag([picture], ["c"], ["a", "x"])
    assert now(store, picture).tags == ("b", "c")
    rows = store._index.connections.rows("SELECT tag FROM tags ORDER BY tag")
    assert rows == [("b",), ("c",)]


def test_tags_are_found_by_their_words(store: Store, picture: Picture) -> None:
    store.marks.tag([picture], ["Blaue Stunde"])
    match = "SELECT rowid FROM words WHERE words MATCH 'tags : stun*'"
    assert store._index.connections.rows(match) == [(picture.id,)]
    store.marks.tag([picture], (), ["Blaue Stunde"])
    assert store._index.connections.rows(match) == []


def test_collections_are_made_renamed_joined_and_forgotten(store: Store) -> None:
    one, two = (store.record(noise(seed), a_request(seed=seed)) for seed in (1, 2))
    store.marks.collect("owls", [one, two])
    store.marks.collect("Foxes", [one])
    assert store.marks.collections() == [Collection("Foxes", 1), Collection("owls", 2)]
    store.marks.discard("owls", [one])
    assert store.members("owls") == [two]
    store.marks.rename_collection("owls", "Foxes")
    assert store.marks.collections() == [Collection("Foxes", 2)]
    store.save_marks()
    assert read_sidecar(two.path).marks.collections == ("Foxes",)
    store.marks.remove_collection("Foxes")
    store.save_marks()
    assert store.marks.collections() == []
    assert not sidecar_path(two.path).exists()


@pytest.mark.parametrize("rating", [-1, 6])
def test_there_are_no_other_stars(store: Store, picture: Picture, rating: int) -> None:
    with pytest.raises(UsageError, match="stars"):
        store.marks.rate([picture], rating)


def test_a_collection_without_a_name_is_none(store: Store, picture: Picture) -> None:
    with pytest.raises(UsageError, match="name"):
        store.marks.collect(" \n", [picture])
    assert store.marks.collections() == []


@settings(max_examples=40, deadline=None)
@given(said=marks)
def test_a_sidecar_gives_back_what_it_was_told(
    said: Marks, tmp_path_factory: pytest.TempPathFactory
) -> None:
    path = tmp_path_factory.mktemp("sidecar") / "a.png"
    store_disk = FailingDisk()
    write_marks(path, said, store_disk)
    assert read_sidecar(path).marks == said
    write_marks(path, UNMARKED, store_disk, said.tags)
    assert not sidecar_path(path).exists()


def test_what_another_program_says_stays(store: Store, picture: Picture) -> None:
    foreign = packet(XmpFields(rating=2, subjects=("theirs",), description="by hand"))
    foreign = foreign.replace(
        b'rdf:about=""', b'rdf:about="" xmlns:lr="urn:lr" lr:hierarchy="a|b"', 1
    )
    sidecar_path(picture.path).write_bytes(foreign)
    store.marks.tag([picture], ["ours"])
    store.save_marks()
    content = sidecar_path(picture.path).read_bytes()
    assert b"by hand" in content
    assert b"a|b" in content
    assert read_sidecar(picture.path).marks.tags == ("ours", "theirs")
    store.marks.tag([picture], (), ["ours"])
    store.save_marks()
    assert read_sidecar(picture.path).marks.tags == ("theirs",)


def test_a_sidecar_that_cannot_be_read_is_put_aside(store: Store, picture: Picture) -> None:
    path = sidecar_path(picture.path)
    path.write_bytes(b"<html>")
    store.marks.rate([picture], 3)
    store.save_marks()
    assert read_sidecar(picture.path).marks.rating == 3
    assert path.with_name(f"{path.name}.unreadable").read_bytes() == b"<html>"


def test_a_failing_disk_loses_no_star(pictures: Path, data: Path) -> None:
    disk = FailingDisk()
    store = Store(pictures, data, disk)
    picture = store.record(noise(), a_request())
    for fail_at in range(1, 6):
        store.marks.rate([picture], fail_at)
        disk.calls, disk.fail_at = 0, fail_at
        try:
            store.save_marks()
        except StorageError as error:
            assert "xmp" in error.sentence
        disk.fail_at = 0
        assert now(store, picture).rating == fail_at
        store.save_marks()
        assert read_sidecar(picture.path).marks.rating == fail_at
        assert len(list(picture.path.parent.iterdir())) == 2
    store.close()


def test_what_was_not_written_is_written_after_the_next_start(pictures: Path, data: Path) -> None:
    store = Store(pictures, data)
    picture = store.record(noise(), a_request())
    store.marks.rate([picture], 5)
    store.close()
    store = Store(pictures, data)
    store.save_marks()
    assert read_sidecar(picture.path).marks.rating == 5
    store.close()


def test_pictures_whose_files_are_gone_do_not_count(store: Store) -> None:
    one, two = (store.record(noise(seed), a_request(seed=seed)) for seed in (1, 2))
    store.marks.collect("owls", [one, two])
    store._index.files.set_present([one.id], [])
    assert store.marks.collections() == [Collection("owls", 1)]
    assert store.members("owls") == [two]
