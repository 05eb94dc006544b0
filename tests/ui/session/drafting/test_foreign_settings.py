"""Settings of other programs' pictures: offered, then taken over as far as the artist wants."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from studio.domain.geometry import Size
from studio.domain.model import ModelTask
from studio.domain.schedulers import Scheduler
from studio.library.dialects import read_settings
from studio.library.dialects.a1111 import read_infotext
from studio.library.settings import PictureSettings
from studio.ui.session import Session
from studio.ui.session.drafting.foreign_settings import Offer, OfferedPart, Part
from tests.support.fakes import FakeCatalog, FakeEngine, an_addon, make_session
from tests.support.foreign_pictures import png
from tests.support.hostile_settings import RECORDS, Opened, write
from tests.support.sessions import a_session, until

SETTINGS = PictureSettings(
    program="AUTOMATIC1111",
    prompt="a fox <lora:ink:0.8>",
    negative_prompt="blur",
    model="v1-5-pruned",
    model_hash="6ce0161689",
    seed=77,
    steps=31,
    guidance_scale=7.5,
    sampler="DPM++ 2M Karras",
    width=500,
    height=700,
    strength=0.4,
    loras=(("ink", 0.8), ("wash", 0.5)),
    others=(("ENSD", "31337"),),
)


def _part(offer: Offer, part: Part) -> OfferedPart:
    return next(offered for offered in offer.parts if offered.part is part)


def test_everything_is_offered_with_what_there_is_to_say(session: Session) -> None:
    offer = session.foreign_settings.offer(SETTINGS)

    assert [offered.part for offered in offer.parts] == list(Part)
    assert offer.prompt == "a fox <lora:ink:0.8> <lora:wash:0.5>"
    assert "“ink”, “wash”" in _part(offer, Part.PROMPT).note
    assert offer.scheduler is Scheduler.DPMPP_2M_KARRAS
    multiple = session.draft.model.size_multiple_px
    snapped = Size(500, 700).snapped(multiple)
    assert _part(offer, Part.SIZE).value == str(snapped)
    assert "500 × 700" in _part(offer, Part.SIZE).note
    assert offer.unknown == (("ENSD", "31337"),)


def test_a_lora_is_found_by_its_hash_where_it_has_another_name(tmp_path: Path) -> None:
    ink, other = an_addon("ink v2", written_hash="a1b2c3d4e5f6"), an_addon("fog")
    session = make_session(tmp_path, catalog=FakeCatalog(addons=(ink, other)))
    text = (
        "a fox <lora:Ink, wet:0.5:0.8> <lora:FOG:1> <lora:gone:1>\n"
        "Steps: 20, Seed: 1, Size: 64x64, "
        'Lora hashes: "Ink wet: A1B2C3D4E5F6, FOG: a1b2c3d4e5f6, gone: 0123456789ab"'
    )
    settings = read_infotext(text)
    assert settings is not None
    offer = session.foreign_settings.offer(settings)
    assert offer.prompt == "a fox <lora:ink v2:0.5:0.8> <lora:FOG:1> <lora:gone:1>"
    assert "“gone”." in _part(offer, Part.PROMPT).note
    assert offer.unknown == ()
    session.library.store.close()


def test_a_model_that_isnt_here_leaves_the_present_one(session: Session) -> None:
    offer = session.foreign_settings.offer(SETTINGS)
    model = session.draft.model

    part = _part(offer, Part.MODEL)
    assert not part.is_usable
    assert model.title in part.note
    session.foreign_settings.take(offer, frozenset(Part))

    assert session.draft.model == model


def test_a_model_is_found_however_its_name_is_written(session: Session) -> None:
    other = session.catalog.models()[-1]
    assert other != session.draft.model
    for name in (other.name, other.title, other.name.upper().replace("-", "_")):
        offer = session.foreign_settings.offer(replace(SETTINGS, model=name))
        assert offer.model == other
        assert _part(offer, Part.MODEL).is_usable


def test_a_refiner_is_no_model_to_draw_with(tmp_path: Path) -> None:
    refiner = replace(FakeCatalog().models()[-1], name="refiner", task=ModelTask.REFINER)
    catalog = FakeCatalog(*FakeCatalog().models(), refiner)
    session = make_session(tmp_path, catalog=catalog)
    offer = session.foreign_settings.offer(replace(SETTINGS, model="refiner"))
    assert offer.model is None
    assert not _part(offer, Part.MODEL).is_usable
    session.library.store.close()


def test_the_model_changes_only_where_it_was_agreed_to(session: Session) -> None:
    other, present = session.catalog.models()[-1], session.draft.model
    offer = session.foreign_settings.offer(replace(SETTINGS, model=other.name))

    session.foreign_settings.take(offer, frozenset(Part) - {Part.MODEL})
    assert session.draft.model == present
    session.foreign_settings.take(offer, {Part.MODEL})
    assert session.draft.model == other


def test_what_is_taken_fills_the_panel_and_starts_nothing(session: Session) -> None:
    session.foreign_settings.take(session.foreign_settings.offer(SETTINGS), frozenset(Part))

    draft = session.draft
    assert draft.prompt == "a fox <lora:ink:0.8> <lora:wash:0.5>"
    assert draft.negative_prompt == "blur"
    assert (draft.num_inference_steps, draft.guidance_scale, draft.seed) == (31, 7.5, 77)
    assert draft.keep_seed
    assert draft.scheduler is Scheduler.DPMPP_2M_KARRAS
    assert draft.strength == 0.4
    draft.as_request()
    assert isinstance(session.engine, FakeEngine)
    assert not session.engine.jobs


def test_what_isnt_checked_stays(session: Session) -> None:
    before = replace(session.draft)
    session.foreign_settings.take(session.foreign_settings.offer(SETTINGS), {Part.STEPS})

    assert session.draft == replace(before, num_inference_steps=31)


def test_the_nearest_sampler_is_said_to_be_so(session: Session) -> None:
    offer = session.foreign_settings.offer(PictureSettings(sampler="Euler Karras"))
    assert _part(offer, Part.SAMPLER).value == "Euler"
    assert "nearest" in _part(offer, Part.SAMPLER).note


def test_an_unknown_sampler_leaves_the_present_one(session: Session) -> None:
    present = session.draft.scheduler
    offer = session.foreign_settings.offer(PictureSettings(sampler="Restart", prompt="a"))
    assert not _part(offer, Part.SAMPLER).is_usable
    session.foreign_settings.take(offer, frozenset(Part))
    assert session.draft.scheduler is present


def test_hostile_numbers_still_make_a_request(session: Session) -> None:
    settings = PictureSettings(
        prompt="x" * 10**6,
        steps=-1,
        width=10**9,
        height=-5,
        guidance_scale=1e308,
        strength=-3,
        loras=tuple(("n" * 200, 1.0) for _ in range(64)),
    )
    session.foreign_settings.take(session.foreign_settings.offer(settings), frozenset(Part))
    session.draft.as_request()


def test_hostile_pictures_fill_the_panel_after_a_click_and_do_nothing_else(
    session: Session, tmp_path: Path
) -> None:
    path, model, opened = tmp_path / "a.png", session.draft.model, Opened()
    engine = session.engine
    assert isinstance(engine, FakeEngine)
    offered = 0
    for texts in RECORDS[::7]:
        settings = read_settings(write(path, texts))
        before = replace(session.draft)
        opened.listening = True
        try:
            offer = None if settings is None else session.foreign_settings.offer(settings)
            assert session.draft == before
            if offer is not None:
                offered += 1
                session.foreign_settings.take(offer, frozenset(Part))
            session.draft.as_request()
        finally:
            opened.listening = False
        assert session.draft.model == model
        assert not engine.jobs
    assert offered > 200
    assert not opened.names


async def test_a_file_is_looked_into_and_mentioned(tmp_path: Path) -> None:
    path = png(
        tmp_path / "theirs.png",
        {"parameters": "a fox\nSteps: 20, Sampler: Euler, Seed: 5, Size: 64x64"},
    )
    async with a_session(tmp_path / "studio") as (session, _, notices):
        found: list[PictureSettings | None] = []
        session.foreign_settings.look_into(path, found.append)
        await until(lambda: found)
        assert found[0] is not None
        assert found[0].seed == 5

        shown: list[tuple[PictureSettings, str]] = []
        session.foreign_settings.wanted.connect(lambda *wanted: shown.append(wanted))
        session.foreign_settings.mention(path)
        await until(lambda: notices)
        assert "theirs.png" in notices[0].sentence
        assert "AUTOMATIC1111" in notices[0].sentence
        assert notices[0].action is not None
        notices[0].action[1]()
        assert shown == [(found[0], "theirs")]


async def test_a_file_that_cant_be_read_is_one_sentence(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        session.foreign_settings.mention(tmp_path / "gone.png")
        session.foreign_settings.look_into(tmp_path / "gone.png", lambda _settings: None)
        await until(lambda: notices)
        assert "gone.png" in notices[0].sentence
        assert len(notices) == 1


async def test_a_picture_that_says_nothing_opens_no_dialog(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        wanted: list[object] = []
        session.foreign_settings.wanted.connect(lambda *found: wanted.append(found))
        session.foreign_settings.show(PictureSettings(), "scan.jpg")
        assert not wanted
        assert "scan.jpg" in notices[0].sentence
