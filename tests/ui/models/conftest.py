"""The window of models over a catalog of stand-ins."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
import shiboken6
from PIL import Image
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.catalog import Refusal
from studio.catalog.cards import ModelCard
from studio.domain.addons import AddonKind
from studio.domain.geometry import Size
from studio.ui.models.models_window import ModelsWindow
from studio.ui.session import Session
from studio.ui.settings import Settings
from tests.support.fakes import (
    FakeCatalog,
    FakeEngine,
    a_model,
    an_addon,
    make_session,
    picture_pixels,
)

BIG = (Size(1024, 1024),)


@pytest.fixture
def catalog(tmp_path: Path) -> FakeCatalog:
    """Three models, of which one has a card and a picture, and four files that go with them."""
    own = tmp_path / "models"
    own.mkdir()
    picture = own / "moon.preview.png"
    Image.fromarray(picture_pixels(60, 80)).save(picture)
    moon = own / "moon.safetensors"
    moon.write_bytes(b"moon")
    catalog = FakeCatalog(
        a_model(),
        a_model("moon", family="sdxl", path=moon, size_bytes=6_900_000_000, sizes=BIG),
        a_model("other", default_steps=7, path=Path("/elsewhere/other.safetensors")),
        addons=(
            an_addon(),
            an_addon("pixels", family="sdxl", trigger_words=("pixel art",)),
            an_addon("grain", kind=AddonKind.EMBEDDING, family="", path=own / "grain.safetensors"),
            an_addon("canny", kind=AddonKind.CONTROLNET, path=own / "canny.safetensors"),
        ),
        refused=(
            Refusal(own / "old.ckpt", "old.ckpt is a pickle."),
            Refusal(own / "cut.safetensors", "cut.safetensors ends too early."),
        ),
        folders=(own,),
    )
    catalog.told["moon"] = ModelCard(
        "Moon <b>XL</b>",
        description="Long. " * 400,
        trained_on="Pictures of the moon.",
        author="Ana",
        licence="openrail++",
        licence_link="https://example.org/licence",
        permits=("You may sell pictures.", "You may share it."),
        trigger_words=("moonlight", "a & b"),
        thumbnail=picture,
        source_url="https://example.org/moon",
        hashes={"AutoV2": "c9e3e68f89"},
    )
    return catalog


@pytest.fixture
def session(tmp_path: Path, engine: FakeEngine, catalog: FakeCatalog) -> Iterator[Session]:
    session = make_session(tmp_path / "studio", engine, catalog)
    yield session
    session.library.store.close()


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(tmp_path / "config")


@pytest.fixture
def models_window(
    qasync_loop: QEventLoop, session: Session, settings: Settings, qtbot: QtBot
) -> Iterator[ModelsWindow]:
    # As in the app; its threads can be waited for.
    executor = ThreadPoolExecutor()
    qasync_loop.set_default_executor(executor)
    window = qasync_loop.run_until_complete(_open(session, settings))
    yield window
    qasync_loop.run_until_complete(session.close())
    if shiboken6.isValid(window):  # it is deleted when it is closed
        window.close()
    executor.shutdown()
    # What the threads have told the loop by now.
    qasync_loop.run_until_complete(asyncio.sleep(0.01))


async def _open(session: Session, settings: Settings) -> ModelsWindow:
    session.models.begin()
    window = ModelsWindow(session, settings)
    window.show()
    window.activateWindow()
    # What would go on until the test begins would find no loop that runs.
    while not window.isActiveWindow() or window.models.previews.is_busy():
        await asyncio.sleep(0.005)
    return window
