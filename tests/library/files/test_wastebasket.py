"""Deleted pictures come back as they were."""

from __future__ import annotations

import errno
import shutil
from pathlib import Path

import pytest

from studio.domain.errors import StorageError
from studio.library.files.wastebasket import Trash
from studio.library.labels.sidecar import read_sidecar, sidecar_path
from studio.library.picture import Parent, ParentRole
from studio.library.steps.steps import steps_path
from studio.library.store import Store
from tests.support.samples import FailingDisk, a_request, noise


@pytest.fixture
def bin_folder(tmp_path: Path) -> Path:
    for name in ("files", "info"):
        (tmp_path / "Trash" / name).mkdir(parents=True)
    return tmp_path / "Trash" / "files"


@pytest.fixture
def trash(bin_folder: Path) -> Trash:
    def move(path: Path) -> Path:
        place = bin_folder / path.name
        (bin_folder.parent / "info" / f"{path.name}.trashinfo").write_text("[Trash Info]")
        return Path(shutil.move(path, place))

    return move


def test_a_picture_comes_back_with_all_that_belongs_to_it(
    store: Store, trash: Trash, bin_folder: Path
) -> None:
    parents = [Parent(ParentRole.CANVAS, "ab" * 32)]
    made = store.record(
        noise(), a_request(), previews=noise()[None], parents=parents, batch="b", project="p"
    )
    store.marks.rate([made], 4)
    store.marks.tag([made], ["owl"])
    store.marks.collect("Best of", [made])
    store.save_marks()
    before = store.get(made.id)
    trashed = store.delete(made, trash)
    assert (store.count(), store.get(made.id)) == (0, None)
    assert len(list(bin_folder.iterdir())) == 3
    assert not list(made.path.parent.rglob("0*"))
    assert store.restore(trashed) == before == store.get(made.id)
    assert store.marks.of(made).collections == ("Best of",)
    assert len(store.step_previews(made)) == 1
    assert sidecar_path(made.path).exists()
    assert not list(bin_folder.parent.rglob("*.*"))


def test_what_was_not_yet_in_the_sidecar_comes_back_too(store: Store, trash: Trash) -> None:
    made = store.record(noise(), a_request())
    store.marks.rate([made], 2)
    assert store.restore(store.delete(made, trash)).rating == 2
    store.save_marks()
    assert read_sidecar(made.path).marks.rating == 2


def test_an_emptied_trash_gives_nothing_back(store: Store, trash: Trash, bin_folder: Path) -> None:
    trashed = store.delete(store.record(noise(), a_request()), trash)
    shutil.rmtree(bin_folder)
    with pytest.raises(StorageError, match="not where the trash put it"):
        store.restore(trashed)
    assert store.count() == 0


def test_a_desktop_that_does_not_say_where_it_lies_is_said(store: Store, tmp_path: Path) -> None:
    trashed = store.delete(store.record(noise(), a_request()), lambda path: path.unlink())
    with pytest.raises(StorageError) as raised:
        store.restore(trashed)
    assert "trash" in raised.value.remedy


def test_nothing_is_overwritten_by_what_comes_back(store: Store, trash: Trash) -> None:
    made = store.record(noise(), a_request())
    trashed = store.delete(made, trash)
    made.path.write_bytes(b"another one")
    with pytest.raises(StorageError, match="already a file"):
        store.restore(trashed)
    assert made.path.read_bytes() == b"another one"


@pytest.mark.parametrize("refused", [".safetensors", ".xmp", ".png"])
def test_a_trash_that_refuses_any_of_them_has_none(
    store: Store, trash: Trash, bin_folder: Path, refused: str
) -> None:
    made = store.record(noise(), a_request(), previews=noise()[None])
    store.marks.rate([made], 1)
    store.save_marks()
    before = store.get(made.id)

    def refuse(path: Path) -> Path | None:
        if path.suffix == refused:
            raise OSError(errno.EACCES, "no", path)
        return trash(path)

    with pytest.raises(StorageError):
        store.delete(made, refuse)
    assert store.get(made.id) == before
    for path in (made.path, steps_path(made.path), sidecar_path(made.path)):
        assert path.exists()
    assert not list(bin_folder.iterdir())


def test_a_trash_on_another_disk(
    store: Store, trash: Trash, monkeypatch: pytest.MonkeyPatch
) -> None:
    trashed = store.delete(store.record(noise(), a_request()), trash)
    disk, rename = store._disk, store._disk.rename

    def refuse(source: Path, target: Path) -> None:
        if "Trash" in source.parts:
            raise OSError(errno.EXDEV, "another disk", source)
        rename(source, target)

    monkeypatch.setattr(disk, "rename", refuse)
    picture = store.restore(trashed)
    assert (store.pixels(picture) == noise()).all()
    assert not trashed.files[0].place.exists()  # type: ignore[union-attr]


def test_a_failing_disk_can_be_tried_again(
    pictures: Path, data: Path, trash: Trash, bin_folder: Path
) -> None:
    disk = FailingDisk()
    store = Store(pictures, data, disk)
    made = store.record(noise(), a_request(), previews=noise()[None])
    store.marks.rate([made], 3)
    store.save_marks()
    before = store.get(made.id)
    for fail_at in range(1, 12):
        trashed = store.delete(made, trash)
        shutil.rmtree(made.path.parent)
        disk.calls, disk.fail_at = 0, fail_at
        try:
            store.restore(trashed)
        except StorageError:
            assert store.count() == 0
            disk.fail_at = 0
            store.restore(trashed)
        disk.fail_at = 0
        assert store.get(made.id) == before
        assert len(store.step_previews(made)) == 1
        assert not list(bin_folder.iterdir())
    store.close()
