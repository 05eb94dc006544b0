"""The style pane's diffusion method with addons: which are taken, and what is made of them."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
from PIL import Image

from studio.document import Document
from studio.document.edits import write_mask
from studio.document.restyling import RestyleMethod
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Preprocessor, ReferenceKind
from studio.domain.geometry import Box
from studio.domain.hires import Tiling
from studio.library.style_shelf import StyleEntry
from studio.ui.session import Session
from studio.ui.session.styling.style_orders import StyleChoice
from tests.support.fakes import (
    FakeCatalog,
    FakeEngine,
    FakeJob,
    a_model,
    an_addon,
    make_session,
    picture_pixels,
)
from tests.support.sessions import until

ADDONS = (
    an_addon("plain", kind=AddonKind.IP_ADAPTER, variant="standard"),
    an_addon("plus", kind=AddonKind.IP_ADAPTER, variant="plus"),
    an_addon("plain-xl", kind=AddonKind.IP_ADAPTER, variant="standard", family="sdxl"),
    an_addon("tiles", kind=AddonKind.CONTROLNET, variant="tile"),
    an_addon("edges", kind=AddonKind.CONTROLNET, variant="canny"),
)
EYES = an_addon("eyes", kind=AddonKind.IMAGE_ENCODER, family="")


@asynccontextmanager
async def a_session(folder: Path, *addons: AddonInfo) -> AsyncIterator[tuple[Session, FakeEngine]]:
    """With models of three families, and an artwork on the canvas."""
    engine = FakeEngine()
    models = (a_model(), a_model("large", family="sdxl"), a_model("flow", family="flux"))
    catalog = FakeCatalog(*models, addons=addons)
    session = make_session(folder, engine, catalog)
    session.journalling.begin()
    session.editing.open(Document.of_picture(picture_pixels(64, 64), "photo"))
    session.restyling.set_method(RestyleMethod.DIFFUSION)
    try:
        yield session, engine
    finally:
        await session.close()
        await session.library.close()


def a_style(folder: Path, name: str, seed: int) -> StyleEntry:
    path = folder / f"{name}.png"
    Image.fromarray(picture_pixels(50, 40, seed)).save(path)
    return StyleEntry(name, path)


async def applied(session: Session, engine: FakeEngine) -> FakeJob:
    count = len(engine.jobs)
    session.restyling.apply()
    await until(lambda: len(engine.jobs) > count)
    job = engine.jobs[count]
    job.start()
    return job


async def done(session: Session, job: FakeJob) -> None:
    job.paint(130)
    await until(lambda: not session.restyling.is_working)


async def test_style_pictures_go_along_by_their_weights_and_words_may_stay_away(
    tmp_path: Path,
) -> None:
    async with a_session(tmp_path / "studio", *ADDONS, EYES) as (session, engine):
        restyling = session.restyling
        assert restyling.problem == "Say which style, or choose a picture of it."
        wave, night = a_style(tmp_path, "Wave", 8), a_style(tmp_path, "Night", 9)
        restyling.set_styles((StyleChoice(wave, 1.0), StyleChoice(night, 0.25)))
        assert not restyling.problem
        restyling.guiding.set_seen(0.5)
        job = await applied(session, engine)
        request = job.request
        assert request.prompt == ""
        assert [(each.model, each.strength, each.kind) for each in request.references] == [
            ("plain", 0.4, ReferenceKind.STYLE),
            ("plain", 0.1, ReferenceKind.STYLE),
        ]
        (control,) = request.controls
        assert (control.model, control.preprocessor) == ("edges", Preprocessor.CANNY)
        assert control.picture == request.init_image
        # What it refers to is on the disk, so that it can be made again.
        seen = session.library.input_pixels(request.references[0].picture.digest)
        assert np.array_equal(seen, picture_pixels(50, 40, 8))
        assert list(session.library.data_folder.glob("inputs/**/*.png"))
        await done(session, job)
        document = session.editing.document
        assert document is not None
        assert document.content.layers[-1].name == "Wave + Night"
        (made,) = await session.library.page()
        assert made.request == request


async def test_under_the_mask_the_same_goes_along(tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio", *ADDONS, EYES) as (session, engine):
        document = session.editing.document
        assert document is not None
        mask = np.full((20, 20), 255, np.uint8)
        document.do(write_mask(document.content, Box(10, 10, 20, 20), mask))
        session.restyling.set_styles((StyleChoice(a_style(tmp_path, "Wave", 8)),))
        job = await applied(session, engine)
        inpaint = job.request.inpaint
        assert inpaint is not None and inpaint.mask is not None
        kept = session.library.input_pixels(inpaint.mask.digest)
        assert kept[..., 0][15, 15] == 255 and kept[..., 0][0, 0] == 0
        assert len(job.request.references) == len(job.request.controls) == 1
        await done(session, job)


async def test_each_can_be_chosen_left_out_and_comes_back_with_its_model(tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio", *ADDONS, EYES) as (session, engine):
        guiding, restyling = session.restyling.guiding, session.restyling
        changes: list[str] = []
        restyling.wishes_changed.connect(
            lambda: changes.append(guiding.adapter.name if guiding.adapter else "")
        )
        guiding.want_adapter("plus")
        guiding.want_structure("tiles")
        assert guiding.guides.preprocessor is Preprocessor.TILE
        session.draft.model = session.catalog.find("large")
        assert guiding.adapter is not None and guiding.adapter.name == "plain-xl"
        assert guiding.structure is None
        session.draft.model = session.catalog.find("flow")
        assert guiding.adapter is None and not guiding.takes_any
        assert restyling.problem == "Say which style."
        session.draft.model = session.catalog.find("tiny")
        assert guiding.adapter.name == "plus" and guiding.structure.name == "tiles"
        assert changes == ["plus", "plus", "plain-xl", "", "plus"]
        guiding.want_adapter("")
        guiding.set_kept(0.0)
        restyling.set_styles((StyleChoice(a_style(tmp_path, "Wave", 8)),))
        assert restyling.problem == "Say which style."
        restyling.set_prompt("a woodcut")
        job = await applied(session, engine)
        assert (job.request.references, job.request.controls) == ((), ())
        await done(session, job)


async def test_what_guides_the_prompt_panel_is_none_of_its_business(tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio", *ADDONS, EYES) as (session, engine):
        session.restyling.set_styles((StyleChoice(a_style(tmp_path, "Wave", 8)),))
        job = await applied(session, engine)
        await done(session, job)
        session.draft.restore(job.request, session.draft.model)
        session.draft.tiling = Tiling(64, 8)
        assert session.draft.as_request().controls == job.request.controls
        again = await applied(session, engine)
        assert again.request.references == job.request.references
        assert len(again.request.controls) == 1
        assert again.request.tiling is None
        await done(session, again)


async def test_a_painted_style_is_not_shown_to_it(tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio", *ADDONS, EYES) as (session, _):
        restyling = session.restyling
        restyling.set_styles((StyleChoice(StyleEntry("Reeds", Path("reeds"), "reeds")),))
        restyling.set_prompt("a woodcut")
        assert "instant method only" in restyling.problem
        restyling.guiding.set_seen(0.0)
        assert not restyling.problem


async def test_without_addons_it_is_by_words_as_before(tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio") as (session, engine):
        restyling = session.restyling
        restyling.set_styles((StyleChoice(a_style(tmp_path, "Wave", 8)),))
        assert restyling.problem == "Say which style."
        restyling.set_prompt("a woodcut")
        job = await applied(session, engine)
        assert (job.request.references, job.request.controls) == ((), ())
        # Only the photo and its mask are kept.
        assert len(list(session.library.data_folder.glob("inputs/**/*.png"))) == 2
        await done(session, job)


async def test_eyes_lie_beside_the_adapter_or_anywhere(tmp_path: Path) -> None:
    adapter = an_addon("plus", kind=AddonKind.IP_ADAPTER, path=tmp_path / "a" / "plus.safetensors")
    async with a_session(tmp_path / "studio", adapter) as (session, _):
        assert not session.restyling.guiding.has_eyes
        (tmp_path / "a" / "image_encoder").mkdir(parents=True)
        assert session.restyling.guiding.has_eyes
    async with a_session(tmp_path / "other", adapter, EYES) as (session, _):
        assert session.restyling.guiding.has_eyes


async def test_news_of_the_catalog_are_heard(tmp_path: Path) -> None:
    async with a_session(tmp_path / "studio", *ADDONS) as (session, _):
        heard: list[bool] = []
        session.restyling.wishes_changed.connect(lambda: heard.append(True))
        session.models.changed.emit()
        assert heard == [True]
