"""Models in the session: what is chosen, what is kept for them, their files and folders."""

from __future__ import annotations

import asyncio
import json
import threading
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import pytest

from studio.domain.addons import AddonKind
from studio.domain.fit import FitVerdict
from studio.domain.geometry import Size
from studio.domain.schedulers import Scheduler
from studio.engine import EngineState, EngineStatus
from studio.library.files.disk import Disk
from studio.ui.session import Notice, Session
from studio.ui.session.models.model_defaults import ModelDefaults
from studio.ui.session.models.model_marks import ModelMarks
from tests.support.fakes import FakeCatalog, a_model, an_addon, make_session
from tests.support.sessions import until

FILES = ("moon.safetensors", "moon.preview.png", "moon.civitai.info", "moonlight.txt")


def a_catalog(folder: Path) -> FakeCatalog:
    """With a model whose file is there, and with what tells of it and of another one."""
    own = folder / "models" / "checkpoints"
    own.mkdir(parents=True)
    for name in FILES:
        (own / name).write_bytes(name.encode())
    return FakeCatalog(
        a_model(),
        a_model("other", default_steps=7),
        a_model("moon", path=own / "moon.safetensors", size_bytes=6_900_000_000),
        addons=(an_addon(), an_addon("grain", kind=AddonKind.EMBEDDING)),
        folders=(own.parent,),
    )


@asynccontextmanager
async def a_session(folder: Path) -> AsyncIterator[tuple[Session, FakeCatalog, list[Notice]]]:
    catalog = a_catalog(folder)
    session = make_session(folder / "studio", catalog=catalog)
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    session.models.begin()
    yield session, catalog, notices
    await session.close()
    await session.library.close()


async def test_a_model_begins_with_what_is_kept_for_it(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        models, draft = session.models, session.draft
        draft.num_inference_steps, draft.guidance_scale = 33, 2.5
        draft.scheduler, draft.size = Scheduler.HEUN, Size(64, 96)
        draft.negative_prompt, draft.clip_skip, draft.vae = "fog", 2, "vae-ft"
        models.keep_defaults(catalog.find("tiny"))
        models.use(catalog.find("other"))
        assert (draft.num_inference_steps, draft.negative_prompt) == (7, "")
        assert (draft.clip_skip, draft.vae) == (0, "")
        models.use(catalog.find("tiny"))
        assert draft.num_inference_steps == 33
        assert draft.guidance_scale == 2.5
        assert draft.scheduler is Scheduler.HEUN
        assert draft.size == Size(64, 96)
        assert draft.negative_prompt == "fog"
        assert (draft.clip_skip, draft.vae) == (2, "vae-ft")
        assert draft.model.default_steps == 33, "a double click goes back to it"
        assert set(draft.model.sizes) == set(catalog.find("tiny").sizes)
        models.reset_defaults(catalog.find("tiny"))
        assert draft.num_inference_steps == 33, "what stands there stays"
        models.use(catalog.find("tiny"))
        assert draft.num_inference_steps == 4


async def test_what_the_artist_left_out_is_not_replaced(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        session.draft.negative_prompt = "fog"
        session.models.keep_defaults(catalog.find("tiny"))
        session.draft.negative_prompt = "people"
        session.models.use(catalog.find("other"))
        session.models.use(catalog.find("tiny"))
        assert session.draft.negative_prompt == "people"


async def test_marks_outlive_the_session(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        lora = catalog.find_addon(AddonKind.LORA, "moody")
        session.models.set_favourite(lora, True)
        session.models.keep_defaults(catalog.find("tiny"))
        session.models.allow_host("example.org")
        data = session.library.data_folder
    marks = ModelMarks(data / "models.json", Disk())
    assert marks.is_favourite(lora)
    assert not marks.is_favourite(catalog.find("tiny"))
    kept = marks.defaults("tiny")
    assert kept is not None
    assert kept.num_inference_steps == 4
    assert marks.may_ask("example.org")
    assert not marks.may_ask("example.com")


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"[]",
        b"\xff{",
        b'{"favourites": 3, "defaults": [1], "hosts": {}}',
        b'{"favourites": [["a"], 4, [1, 2]], "defaults": {"tiny": {"width": 1}}, "hosts": [5]}',
        b'{"defaults": {"tiny": {"num_inference_steps": 900000, "guidance_scale": 1,'
        b' "scheduler": "Euler", "width": 64, "height": 64}}}',
    ],
)
def test_marks_that_make_no_sense_count_as_none(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "models.json"
    path.write_bytes(content)
    marks = ModelMarks(path, Disk())
    assert not marks.is_favourite(a_model())
    assert marks.defaults("tiny") is None
    assert not marks.may_ask("5")


def test_a_size_that_the_model_cant_draw_is_passed_over() -> None:
    kept = ModelDefaults(9, 1.0, Scheduler.EULER, 70, 70)
    assert kept.applied_to(a_model()).sizes == a_model().sizes
    assert kept.applied_to(a_model()).default_steps == 9
    assert ModelDefaults.from_record(json.loads(json.dumps(kept.record()))) == kept


async def test_words_and_tags_come_into_the_prompt_once(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        models, draft = session.models, session.draft
        models.add_words("fog")
        assert draft.prompt == "fog"
        models.add_words("moody light")
        models.add_words("fog")
        models.add_words("moody")
        assert draft.prompt == "fog, moody light"
        models.add_to_prompt(catalog.find_addon(AddonKind.LORA, "moody"))
        models.add_to_prompt(catalog.find_addon(AddonKind.LORA, "moody"))
        models.add_to_prompt(catalog.find_addon(AddonKind.EMBEDDING, "grain"))
        assert draft.prompt == "fog, moody light <lora:moody:0.8>, grain"


async def test_a_name_that_no_tag_can_hold_is_said(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        session.models.add_to_prompt(an_addon("a:b"))
        assert session.draft.prompt == ""
        assert "a:b" in notices[0].sentence


async def test_the_fit_is_the_cards_that_the_engine_found(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        moon = catalog.find("moon")
        assert session.models.fit(moon).verdict is FitVerdict.NO_CARD
        session.engine.status = EngineStatus(EngineState.WARMING)
        assert session.models.fit(moon).verdict is FitVerdict.UNKNOWN
        session.engine.status = EngineStatus(
            EngineState.READY, "a card", card_free_bytes=22 * 10**9, card_total_bytes=24 * 10**9
        )
        assert session.models.fit(moon).verdict is FitVerdict.FITS


async def test_a_model_goes_to_the_trash_with_what_tells_of_it_and_comes_back(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path) as (session, catalog, notices):
        moon = catalog.find("moon")
        session.model_files.move_to_trash(moon)
        await until(lambda: notices)
        assert [path.name for path in moon.path.parent.iterdir()] == ["moonlight.txt"]
        action = notices[0].action
        assert action is not None
        assert action[0] == "Undo"
        action[1]()
        await until(lambda: catalog.scans == 2)
        assert sorted(path.name for path in moon.path.parent.iterdir()) == sorted(FILES)


async def test_a_file_of_another_program_is_never_moved(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _catalog, notices):
        theirs = tmp_path / "theirs.safetensors"
        theirs.write_bytes(b"theirs")
        session.model_files.move_to_trash(a_model("theirs", path=theirs))
        await until(lambda: notices)
        assert theirs.exists()
        assert notices[0].is_error
        assert "another program's folder" in notices[0].sentence


async def test_a_place_comes_and_goes(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        files = session.model_files
        theirs = tmp_path / "theirs"
        theirs.mkdir()
        files.add_place(theirs)
        assert not files.places()
        await until(lambda: notices)
        assert [place.path for place in files.places()] == [theirs]
        assert notices[0].sentence == "“theirs” holds 2 models."
        files.remove_place(files.places()[0])
        await until(lambda: len(notices) == 2)
        assert not files.places()
        undo = notices[1].action
        assert undo is not None
        undo[1]()
        await until(files.places)


async def test_what_a_thread_finds_is_told_on_the_loops(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        told: list[int] = []
        session.models.changed.connect(lambda: told.append(threading.get_ident()))
        await asyncio.to_thread(lambda: [catalog.changed.emit() for _ in range(5)])
        await until(lambda: told)
        assert set(told) == {threading.get_ident()}
        catalog.changed.emit()
        assert len(told) >= 2


async def test_checksums_are_computed_beside_the_loop(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, catalog, _):
        moon = catalog.find("moon")
        assert await session.model_files.hashes(moon) == catalog.hashes(moon)
        assert not session.tasks.running
