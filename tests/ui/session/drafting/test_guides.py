"""Controls and references in the draft: from files, pixels, layers; what follows and what stays."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from studio.document import Document, TiledImage
from studio.document.edits import rename_layer, set_layer_image, write_mask
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Control, Preprocessor, Reference, ReferenceKind
from studio.domain.geometry import Box, Size
from studio.domain.hires import LATENT, HiresFix, Tiling
from studio.domain.inpaint import Inpaint, Intent
from studio.domain.model import ModelTask
from studio.domain.request import PictureRef, Request
from studio.engine.questions import SeenByControl
from studio.library.reading import read_picture
from studio.ui.session import Notice, Session
from studio.ui.session.branch_point import BranchPoint
from studio.ui.session.drafting.guide import Guide
from studio.ui.session.drafting.hires_wish import HiresWish
from tests.support.fakes import FakeCatalog, FakeEngine, a_model, picture_pixels
from tests.support.sessions import a_session, until

ADDONS = (
    AddonInfo("depths", "Depths", AddonKind.CONTROLNET, "sd", Path("/depths"), variant="depth"),
    AddonInfo("edges", "Edges", AddonKind.CONTROLNET, "sd", Path("/edges"), variant="canny"),
    AddonInfo("lines", "Lines", AddonKind.T2I_ADAPTER, "sd", Path("/lines"), variant="scribble"),
    AddonInfo("xl", "XL", AddonKind.CONTROLNET, "sdxl", Path("/xl"), variant="canny"),
    AddonInfo("looks", "Looks", AddonKind.IP_ADAPTER, "sd", Path("/looks"), variant="standard"),
    AddonInfo("union", "Union", AddonKind.CONTROLNET, "flux", Path("/union"), variant="union"),
    AddonInfo("xlabs", "XLabs", AddonKind.IP_ADAPTER, "flux", Path("/xlabs"), variant="standard"),
)


@asynccontextmanager
async def guided(folder: Path) -> AsyncIterator[tuple[Session, FakeEngine, list[Notice]]]:
    catalog = FakeCatalog(
        a_model(),
        a_model("editor", task=ModelTask.EDIT),
        a_model("flux", family="flux"),
        a_model("flux2", family="flux2"),
        a_model("z", family="z-image"),
        a_model("bare", family="sd2"),
        addons=ADDONS,
    )
    async with a_session(folder, catalog) as (session, engine, notices):
        yield session, engine, notices


def picture_file(folder: Path, seed: int = 1) -> Path:
    path = folder / f"picture {seed}.png"
    Image.fromarray(picture_pixels(64, 48, seed)).save(path)
    return path


async def guides(session: Session, count: int) -> tuple[Guide, ...]:
    await until(lambda: len(session.draft.guides) == count)
    return session.draft.guides


async def test_a_file_becomes_a_control_that_fits_and_its_pixels_are_kept(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        path = picture_file(tmp_path)
        session.guides.add(path, path.name)
        [guide] = await guides(session, 1)
        assert guide.title == "picture 1.png"
        assert isinstance(guide.wish, Control)
        assert (guide.wish.model, guide.wish.preprocessor) == ("edges", Preprocessor.CANNY)
        kept = session.library.input_pixels(guide.wish.picture.digest)
        assert np.array_equal(kept, read_picture(path))
        assert session.draft.as_request().controls == (guide.wish,)


async def test_pixels_become_a_reference_on_white(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        pixels = np.zeros((48, 64, 4), np.uint8)
        session.guides.add(pixels, "nothing", reference=True)
        [guide] = await guides(session, 1)
        assert isinstance(guide.wish, Reference)
        assert (guide.wish.model, guide.wish.kind) == ("looks", ReferenceKind.WHOLE)
        assert session.library.input_pixels(guide.wish.picture.digest).min() == 255
        assert pixels.max() == 0


async def test_they_are_changed_and_taken_away(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        session.guides.add(picture_file(tmp_path), "one")
        await guides(session, 1)
        session.guides.add(picture_file(tmp_path), "two", reference=True)
        await guides(session, 2)
        session.guides.change(0, model="depths", strength=0.4, start=0.1, end=0.7)
        session.guides.change(1, kind=ReferenceKind.STYLE)
        assert session.draft.controls[0].end == 0.7
        assert session.draft.references[0].kind is ReferenceKind.STYLE
        assert [guide.title for guide in session.draft.guides] == ["one", "two"]
        session.guides.remove(0)
        assert session.draft.controls == ()
        assert len(session.draft.references) == 1


async def test_without_a_network_it_says_where_there_are_some(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, notices):
        wanted: list[bool] = []
        session.guides.downloads_wanted.connect(lambda: wanted.append(True))
        session.models.use(session.catalog.find("bare"))
        session.guides.add(picture_pixels(), "picture")
        [notice] = notices
        assert "a ControlNet" in notice.sentence
        assert notice.action is not None
        notice.action[1]()
        assert wanted
        session.models.use(session.catalog.find("flux2"))
        session.guides.add(picture_pixels(), "picture", reference=True)
        assert "FLUX.2 models can't be guided" in notices[-1].sentence
        assert session.draft.guides == ()


async def test_models_around_transformers_are_guided_as_far_as_they_can_be(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, notices):
        session.models.use(session.catalog.find("flux"))
        assert [one.name for one in session.guides.controls()] == ["union"]
        assert [one.name for one in session.guides.adapters()] == ["xlabs"]
        session.guides.add(picture_pixels(), "picture")
        await until(lambda: len(session.draft.controls) == 1)
        [control] = session.draft.controls
        assert (control.model, control.preprocessor) == ("union", Preprocessor.CANNY)
        ref = PictureRef("0" * 64, 64, 48)
        style = Guide(Reference("xlabs", ref, kind=ReferenceKind.STYLE))
        assert "not its style alone" in session.guides.trouble(style)
        assert session.guides.trouble(Guide(Reference("xlabs", ref))) == ""
        session.models.use(session.catalog.find("z"))
        assert session.guides.adapters() == ()
        assert "can't see reference pictures" in session.guides.trouble(style)
        session.guides.add(picture_pixels(), "picture", reference=True)
        assert "Z-Image models can't see reference pictures" in notices[-1].sentence


async def test_what_does_not_go_with_the_model_is_said(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        ref = PictureRef("0" * 64, 64, 48)
        trouble = session.guides.trouble
        assert trouble(Guide(Control("edges", ref))) == ""
        assert trouble(Guide(Control("gone", ref))) == "“gone” isn't on this disk."
        assert trouble(Guide(Control("xl", ref))) == "It was made for Stable Diffusion XL."
        session.models.use(session.catalog.find("flux2"))
        assert "can't be guided" in trouble(Guide(Control("edges", ref)))


async def drawn(session: Session) -> Document:
    document = Document.blank(Size(64, 48), "sketch")
    session.editing.open(document)
    session.guides.add_layer()
    await guides(session, 1)
    return document


async def test_a_control_of_a_layer_follows_it(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, engine, _notices):
        document = await drawn(session)
        [guide] = session.draft.guides
        assert isinstance(guide.wish, Control)
        assert (guide.wish.model, guide.wish.preprocessor) == ("lines", Preprocessor.SCRIBBLE)
        session.generation.generate()
        assert engine.jobs[-1].request.controls == (guide.wish,), "at once: nothing has changed"

        layer = document.content.layers[0].id
        document.do(rename_layer(document.content, layer, "pose"))
        assert session.draft.guides[0].title == "pose"
        image = TiledImage.of(picture_pixels(64, 48, 5))
        document.do(set_layer_image(document.content, layer, image, "Draw"))
        session.generation.generate()
        await until(lambda: len(engine.jobs) == 2)
        [control] = engine.jobs[-1].request.controls
        assert control.picture != guide.wish.picture
        assert np.array_equal(
            session.library.input_pixels(control.picture.digest), picture_pixels(64, 48, 5)
        )
        assert session.draft.controls == (control,)


async def test_the_layers_of_another_artwork_stay_as_they_were_left(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        await drawn(session)
        before = session.draft.controls
        session.editing.open(Document.blank(Size(32, 32)))
        await until(lambda: session.draft.guides[0].source is None)
        assert session.draft.controls == before
        assert session.draft.guides[0].title == "Layer 1"


async def test_what_the_network_sees(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        session.guides.add(picture_file(tmp_path), "one")
        [guide] = await guides(session, 1)
        seen = await session.guides.seen(guide)
        assert seen is not None
        assert seen.shape == (64, 64, 3)
        assert set(np.unique(seen)) <= {0, 255}
        blind = replace(guide, wish=replace(guide.wish, preprocessor=Preprocessor.DEPTH))
        assert await session.guides.seen(blind) is None
        assert "Depth Anything V2" in session.guides.trouble(blind)
        assert session.guides.lacking().keys() == {Preprocessor.DEPTH, Preprocessor.POSE}


async def test_what_another_network_finds_is_asked_of_the_engine(tmp_path: Path) -> None:
    finder = AddonInfo("da", "DA", AddonKind.ANNOTATOR, "", Path("/da"), variant="depth")
    catalog = FakeCatalog(a_model(), addons=(*ADDONS, finder))
    async with a_session(tmp_path, catalog) as (session, engine, _notices):
        assert session.guides.lacking().keys() == {Preprocessor.POSE}
        session.guides.add(picture_file(tmp_path), "one")
        [guide] = await guides(session, 1)
        assert isinstance(guide.wish, Control)
        assert guide.wish.preprocessor is Preprocessor.CANNY, "what is there at once comes first"
        assert session.guides.preprocessor_for("depths") is Preprocessor.DEPTH
        session.guides.change(0, model="depths", preprocessor=Preprocessor.DEPTH)
        [guide] = session.draft.guides
        assert session.guides.trouble(guide) == ""
        looking = asyncio.ensure_future(session.guides.seen(guide))
        await until(lambda: engine.asked)
        [(question, answer)] = engine.asked
        assert isinstance(question, SeenByControl)
        assert question.pixels.shape == (48, 64, 3)
        assert (question.preprocessor, question.size) == (Preprocessor.DEPTH, Size(64, 64))
        found = picture_pixels(64, 64, 9)
        answer.set_result(found)
        assert await looking is found


def a_request(session: Session) -> Request:
    ref = PictureRef("1" * 64, 64, 48)
    session.draft.guides = (Guide(Control("edges", ref, end=0.5)), Guide(Reference("looks", ref)))
    session.draft.hires = HiresWish(1.5, 0.4)
    session.draft.tiling = Tiling(64, 8)
    return session.draft.as_request()


async def test_a_request_carries_all_of_it_and_is_recalled(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        request = a_request(session)
        assert request.hires == HiresFix(96, 96, 0.4, 0, LATENT)
        assert (len(request.controls), len(request.references)) == (1, 1)
        assert request.tiling == Tiling(64, 8)
        for name in ("guides", "hires", "tiling"):
            setattr(session.draft, name, () if name == "guides" else None)
        session.draft.restore(Request.from_json(request.to_json()), session.draft.model)
        assert session.draft.hires == HiresWish(1.5, 0.4)
        assert session.draft.as_request() == request
        session.draft.resize(Size(96, 64))
        assert session.draft.drawn_size == Size(144, 96)


async def test_parts_are_painted_with_the_guides_but_in_one_pass(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, engine, _notices):
        request = a_request(session)
        document = Document.of_picture(picture_pixels(96, 96))
        mask = np.full((32, 32), 255, np.uint8)
        document.do(write_mask(document.content, Box(32, 32, 32, 32), mask))
        session.editing.open(document)
        session.inpainting.set_intent(Intent.VARY)
        session.inpainting.generate("a hat")
        await until(lambda: bool(engine.jobs))
        painted = engine.jobs[0].request
        assert painted.inpaint is not None
        assert (painted.controls, painted.references) == (request.controls, request.references)
        assert painted.hires is None
        assert painted.tiling is None


async def test_a_branch_of_a_painted_part_has_one_pass(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        request = a_request(session)
        plain = replace(request, hires=None, tiling=None)
        session.draft.branch = BranchPoint(plain, 1)
        [grown] = session.draft.requests()
        assert (grown.hires, grown.controls) == (request.hires, request.controls)
        picture = PictureRef("3" * 64, 64, 64)
        inpaint = Inpaint((Box(0, 0, 64, 64),), picture)
        parent = replace(plain, init_image=picture, inpaint=inpaint)
        session.draft.branch = BranchPoint(parent, 1)
        [grown] = session.draft.requests()
        assert (grown.hires, grown.tiling) == (None, None)
        assert grown.controls == request.controls


async def test_editing_needs_a_model_that_can_and_a_picture(tmp_path: Path) -> None:
    async with guided(tmp_path) as (session, _engine, _notices):
        ref = PictureRef("2" * 64, 64, 64)
        session.draft.edit = True
        assert not session.draft.as_request(ref).edit
        session.models.use(session.catalog.find("editor"))
        assert session.draft.edit, "that is what it was made for"
        assert session.draft.as_request(ref).edit
        assert not session.draft.as_request().edit
        session.models.use(session.catalog.find("tiny"))
        assert not session.draft.edit
