"""`pentimento history`: real files, the real database, what a person sees."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image, PngImagePlugin

from studio.cli import main
from studio.domain.request import PictureRef
from studio.folders import Folders
from studio.library.labels.metadata import read_record
from studio.library.picture import Picture
from studio.library.reading import read_picture
from studio.library.store import Store
from tests.support.samples import a_request, noise

Run = Callable[..., tuple[int, str, str]]


@pytest.fixture
def run(capsys: pytest.CaptureFixture[str]) -> Run:
    """Runs an action; its code, and what it said on stdout and stderr."""

    def call(*argv: object) -> tuple[int, str, str]:
        code = main(["history", *map(str, argv)])
        return (code, *capsys.readouterr())

    return call


@pytest.fixture
def told(run: Run) -> Callable[..., Any]:
    """Runs an action with --json; its object."""

    def call(*argv: object) -> Any:
        code, out, err = run(*argv, "--json")
        assert (code, err) == (0, "")
        return json.loads(out)

    return call


@pytest.fixture
def pictures(pentimento_home: Path) -> list[Picture]:
    """A history of three: a cat, a dog, and what was made from the cat."""
    store = _store()
    cat = store.record(noise(1), a_request("a cat in the snow", 7), batch="b1")
    dog = store.record(noise(2), a_request("a dog", 8, model="other"))
    start = PictureRef(cat.pixel_digest, 64, 48)
    child = store.record(noise(3), a_request("a tiger", 9, init_image=start))
    store.searches.save("Cats", "cat")
    store.close()
    return [cat, dog, child]


def _store() -> Store:
    folders = Folders.discover()
    return Store(folders.pictures, folders.data)


def test_search(pictures: list[Picture], run: Run, told: Callable[..., Any]) -> None:
    cat, dog, child = pictures
    code, out, err = run("search", "cat")
    assert (code, err) == (0, "")
    assert out.count("\n") == 1
    assert out.split()[0] == str(cat.id)
    assert out.endswith(" 64 × 48 text              7  a cat in the snow\n")
    assert [one["id"] for one in told("search", "model:tiny")["pictures"]] == [child.id, cat.id]
    assert told("search", "-cat -tiger") == {
        "count": 1,
        "pictures": [
            {
                "id": dog.id,
                "file": str(dog.path),
                "created": dog.created.isoformat(),
                "operation": "text",
                "width": 64,
                "height": 48,
                "rating": 0,
                "tags": [],
                "prompt": "a dog",
                "model": "other",
                "seed": 8,
            }
        ],
    }


def test_search_says_how_many_there_are(pictures: list[Picture], run: Run) -> None:
    code, out, err = run("search", "", "--limit", 2)
    assert (code, out.count("\n"), err) == (0, 2, "2 of 3; --limit shows more\n")
    assert run("search", "zebra") == (0, "", "nothing found\n")
    code, out, err = run("search", "", "--limit", 0)
    assert (code, out) == (2, "")
    assert "--limit" in err


def test_show(pictures: list[Picture], run: Run, told: Callable[..., Any]) -> None:
    cat, _, child = pictures
    code, out, err = run("show", cat.id)
    assert (code, err) == (0, "")
    lines = out.splitlines()
    assert f"file: {cat.path}" in lines
    assert "prompt: a cat in the snow" in lines
    assert "batch: b1" in lines
    assert lines[-1].startswith(f"child (start): {child.id} ")
    whole = told("show", child.id)
    assert [(one["role"], one["id"]) for one in whole["parents"]] == [("start", cat.id)]
    assert whole["children"] == []
    assert whole["record"]["request"]["prompt"] == "a tiger"
    assert whole["settings"]["guidance_scale"] == 5.0


def test_rate_tag_and_collections(
    pictures: list[Picture], run: Run, told: Callable[..., Any]
) -> None:
    cat, dog, child = pictures
    assert run("rate", 4, cat.id, dog.id) == (0, "", "")
    assert run("tag", "--query", "rating:4", "--add", "animal", "--add", "pet") == (0, "", "")
    assert run("tag", dog.id, "--remove", "pet") == (0, "", "")
    found = told("search", "tag:animal")["pictures"]
    assert [(one["id"], one["rating"], one["tags"]) for one in found] == [
        (dog.id, 4, ["animal"]),
        (cat.id, 4, ["animal", "pet"]),
    ]
    assert "animal" in (cat.path.parent / f"{cat.path.name}.xmp").read_text()
    with closing(_Closing(_store())) as history:
        history.store.marks.collect("Best of", [child])
    assert told("collections") == {
        "collections": [{"name": "Best of", "count": 1}],
        "searches": [{"name": "Cats", "query": "cat"}],
    }
    assert run("collections")[1] == "     1  Best of\nsearch  Cats: cat\n"
    assert "collections: Best of" in run("show", child.id)[1]


class _Closing:
    def __init__(self, store: Store) -> None:
        self.store = store

    def close(self) -> None:
        self.store.close()


def test_import(tmp_path: Path, run: Run, told: Callable[..., Any]) -> None:
    source = tmp_path / "from"
    (source / "deep").mkdir(parents=True)
    text = PngImagePlugin.PngInfo()
    text.add_text("parameters", "a lighthouse\nSteps: 30, Sampler: Euler, CFG scale: 6, Seed: 77")
    Image.fromarray(noise(1)).save(source / "made.png", pnginfo=text)
    Image.fromarray(noise(2)).save(source / "deep" / "photo.jpg")
    report = told("import", source)
    assert len(report["imported"]) == 1
    assert (report["duplicates"], report["refused"]) == ([], [])
    assert Path(report["imported"][0]["file"]).read_bytes() == (source / "made.png").read_bytes()
    (source / "broken.png").write_bytes(b"\x89PNG\r\n\x1a\n")
    code, out, err = run("import", source, "--recursive")
    assert (code, out) == (1, "1 imported, 1 were there already, 1 couldn't be read\n")
    assert err.startswith(f"pentimento: {source / 'broken.png'}: “broken.png” is damaged")
    assert [one["seed"] for one in told("search", "lighthouse operation:import")["pictures"]] == [
        77
    ]


def test_export(pictures: list[Picture], tmp_path: Path, run: Run) -> None:
    cat, _, child = pictures
    out = tmp_path / "out"
    assert run("export", cat.id, "--out", out) == (0, f"1 exported to {out}\n", "")
    (path,) = out.iterdir()
    assert path.name == f"{cat.path.parent.name}-{cat.path.stem}.png"
    assert read_record(path) == cat.record
    assert np.array_equal(read_picture(path), noise(1))
    code, _, err = run("export", "--query", "cat | tiger", "--out", out)
    assert code == 1
    assert f"pentimento: {cat.id}: There is already a file" in err
    assert len(list(out.iterdir())) == 2
    code, _, _ = run(
        *("export", child.id, "--out", out, "--format", "webp", "--without", "all", "--quality", 50)
    )
    assert code == 0
    assert read_record(next(out.glob("*.webp"))) is None


def test_rebuild(pictures: list[Picture], run: Run, told: Callable[..., Any]) -> None:
    run("rate", 5, pictures[0].id)
    run("tag", pictures[1].id, "--add", "pet")
    before = told("search", "")["pictures"]
    report = told("rebuild")
    (aside,) = report.pop("old_database")
    assert report == {"pictures": 3, "rated": 1, "tagged": 1, "collections": 0, "searches": 1}
    with closing(sqlite3.connect(aside)) as old:
        assert old.execute("SELECT count(*) FROM pictures").fetchone() == (3,)
    after = told("search", "")["pictures"]
    assert [{**one, "id": 0} for one in after] == [{**one, "id": 0} for one in before]
    code, out, _ = run("rebuild")
    assert code == 0
    assert out.startswith("3 pictures, 1 rated, 1 tagged, 0 collections, 1 searches came back\n")


def test_rebuild_needs_the_history_for_itself(pictures: list[Picture], run: Run) -> None:
    with closing(_Closing(_store())):
        code, out, err = run("rebuild")
    assert (code, out) == (1, "")
    assert "open in another window" in err


def test_rebuild_of_a_damaged_database(pictures: list[Picture], told: Callable[..., Any]) -> None:
    database = Folders.discover().data / "history.sqlite3"
    database.write_bytes(b"x" * 5000)
    for suffix in ("-wal", "-shm"):
        database.with_name(database.name + suffix).unlink(missing_ok=True)
    assert told("rebuild")["pictures"] == 3


def test_verify_names_what_is_wrong(pictures: list[Picture], run: Run) -> None:
    assert run("verify") == (0, "", "3 files are intact\n")
    cat, dog, child = pictures
    content = bytearray(cat.path.read_bytes())
    content[-20] ^= 1
    cat.path.write_bytes(content)
    dog.path.unlink()
    stranger = child.path.with_name("stranger.jpg")
    stranger.write_bytes(b"?")
    code, out, err = run("verify")
    day = cat.path.parent.name
    assert (code, err) == (1, "1 files are intact\n")
    assert out.splitlines() == [
        f"missing: {day}/{dog.path.name}",
        f"changed: {day}/{cat.path.name}",
        f"extra: {day}/stranger.jpg",
    ]
    code, out, _ = run("verify", "--json")
    assert (code, json.loads(out)["changed"]) == (1, [f"{day}/{cat.path.name}"])


def test_verify_takes_digests_that_were_never_taken(pictures: list[Picture], run: Run) -> None:
    cat, dog, _ = pictures
    database = Folders.discover().data / "history.sqlite3"
    with closing(sqlite3.connect(database)) as connection, connection:
        connection.execute("UPDATE pictures SET file_digest = ''")
    Image.fromarray(noise(9)).save(dog.path)
    assert run("verify")[0] == 1
    store = _store()
    digests = store.file_digests()
    store.close()
    assert len(digests) == 2
    cat.path.write_bytes(cat.path.read_bytes() + b"more")
    assert f"changed: {cat.path.parent.name}/{cat.path.name}\n" in run("verify")[1]


@pytest.mark.parametrize(
    ("argv", "code", "said"),
    [
        (["show", "99"], 2, "no picture 99"),
        (["show", "-1"], 2, "no picture -1"),
        (["show", str(2**70)], 2, "no picture"),
        (["rate", "6", "1"], 2, "invalid choice"),
        (["rate", "3"], 2, "Which pictures"),
        (["rate", "3", "1", "--query", "cat"], 2, "Which pictures"),
        (["rate", "3", "--query", "zebra"], 2, "finds no picture"),
        (["tag", "1"], 2, "Which tags"),
        (["import", "/nowhere/at all"], 1, "no folder"),
        (["export", "1", "--out", "/dev/null/x"], 1, "/dev/null/x"),
        (["export", "1", "--out", "x", "--quality", "0"], 2, "--quality"),
        (["export", "1", "--out", "x", "--without", "everything"], 2, "invalid choice"),
        (["search"], 2, "required"),
        ([], 2, "ACTION"),
    ],
)
def test_what_a_person_can_mend_is_said(
    pictures: list[Picture], run: Run, argv: list[str], code: int, said: str
) -> None:
    result, out, err = run(*argv)
    assert (result, out) == (code, "")
    assert said in err
    assert "Traceback" not in err


def test_the_folder_that_was_chosen_in_the_window_counts(
    tmp_path: Path, told: Callable[..., Any], run: Run
) -> None:
    from studio.ui.settings import Settings

    folders = Folders.discover()
    chosen = tmp_path / "Bilder, “meine” \\ ünd #1"
    store = Store(chosen, folders.data)
    store.record(noise(1), a_request("a cat"))
    store.close()
    Settings(folders.config).pictures_folder = str(chosen)
    (found,) = told("search", "cat")["pictures"]
    assert Path(found["file"]).is_relative_to(chosen)
    assert run("verify")[0] == 0
    assert run("verify", "--pictures", tmp_path / "elsewhere")[0] == 1


def test_what_a_picture_says_moves_no_cursor(
    run: Run, tmp_path: Path, pentimento_home: Path
) -> None:
    store = _store()
    picture = store.record(noise(1), a_request("a cat\x1b[2J\x07\nand\u202e more"))
    store.close()
    for argv in (["search", "cat"], ["show", picture.id]):
        out = run(*argv)[1]
        assert "\x1b" not in out
        assert "\u202e" not in out
