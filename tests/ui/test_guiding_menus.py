"""Where menus offer to guide by a picture or a layer, and to upscale with refinement."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QMenu, QWidget

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Control, Reference
from studio.domain.geometry import Size
from studio.ui.history.picture_menu import PictureMenu
from studio.ui.main_window import MainWindow
from studio.ui.models.models_window import ModelsWindow
from studio.ui.session import Session
from tests.support.fakes import FakeCatalog, FakeEngine, a_model, make_session
from tests.support.sessions import a_finished_picture, until

ADDONS = (
    AddonInfo("edges", "Edges", AddonKind.CONTROLNET, "sd", Path("/edges"), variant="canny"),
    AddonInfo("looks", "Looks", AddonKind.IP_ADAPTER, "sd", Path("/looks"), variant="standard"),
)


@pytest.fixture
def session(tmp_path: Path, engine: FakeEngine) -> Iterator[Session]:
    catalog = FakeCatalog(a_model(), a_model("bare", family="sd2"), addons=ADDONS)
    made = make_session(tmp_path / "studio", engine, catalog)
    yield made
    made.library.store.close()


def entry(actions: list[QAction], text: str) -> QAction:
    [found] = [action for action in actions if action.text() == text]
    return found


def picture_menu(session: Session, picture: object, parent: QWidget) -> QMenu:
    return PictureMenu(
        session,
        picture,
        1,
        on_all=lambda does: does([picture]),
        edit_tags=lambda: None,
        export=lambda _picture: None,
        more=[],
        collection="",
        parent=parent,
    )


async def test_a_picture_of_the_history_guides(
    window: MainWindow, session: Session, engine: FakeEngine
) -> None:
    session.draft.prompt = "a small house by a lake under the moon"
    picture = await a_finished_picture(session, engine)
    actions = picture_menu(session, picture, window).actions()
    entry(actions, "Use as control").trigger()
    await until(lambda: len(session.draft.guides) == 1)
    entry(actions, "Use as reference").trigger()
    await until(lambda: len(session.draft.guides) == 2)
    control, reference = session.draft.guides
    assert isinstance(control.wish, Control)
    assert isinstance(reference.wish, Reference)
    assert control.title == "a small house by a lake"
    assert control.wish.picture.digest == picture.pixel_digest
    entry(actions, "Upscale with refinement 4×").trigger()
    await until(lambda: len(engine.jobs) == 2)
    assert engine.jobs[1].request.size == Size(256, 256)


async def test_what_is_on_the_canvas_is_refined(
    window: MainWindow, session: Session, engine: FakeEngine
) -> None:
    await a_finished_picture(session, engine)
    entry(window.menus["&Picture"].actions(), "Upscale with refinement 2×").trigger()
    await until(lambda: len(engine.jobs) == 2)
    session.editing.open_shown()
    entry(window.canvas.actions(), "Upscale with refinement 2×").trigger()
    await until(lambda: len(engine.jobs) == 3)
    assert [job.request.size for job in engine.jobs[1:]] == [Size(128, 128)] * 2


async def test_a_layer_guides_from_the_menu_and_from_the_panel(
    window: MainWindow, session: Session, engine: FakeEngine
) -> None:
    of_menu = entry(window.menus["&Layer"].actions(), "Guide pictures by this layer")
    assert not of_menu.isEnabled()
    await a_finished_picture(session, engine)
    session.editing.open_shown()
    assert of_menu.isEnabled()
    of_menu.trigger()
    await until(lambda: len(session.draft.guides) == 1)
    menu = window.layers.view.menu()
    entry(menu.actions(), "Guide pictures by this layer").trigger()
    await until(lambda: len(session.draft.guides) == 2)
    assert all(guide.source is not None for guide in session.draft.guides)


async def test_who_lacks_a_network_comes_to_the_downloads(
    window: MainWindow, session: Session
) -> None:
    session.models.use(session.catalog.find("bare"))
    window.prompt.guides.set_open(True)
    window.prompt.guides.get.click()
    models = window.findChild(ModelsWindow)
    assert models is not None
    assert models.pages.currentWidget() is models.downloads
    models.close()


async def test_getting_a_network_for_depth_opens_the_downloads_there(
    window: MainWindow, session: Session
) -> None:
    session.guides.annotators_wanted.emit()
    opened = window.findChild(ModelsWindow)
    assert opened is not None
    assert opened.pages.currentWidget() is opened.downloads
    assert opened.downloads.offers.value().name == "depth-anything"
    opened.close()
