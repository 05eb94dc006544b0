"""The style pane's diffusion method with addons on the disk, and without."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from PIL import Image
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QWidget
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.document import Document
from studio.document.restyling import RestyleMethod
from studio.domain.addons import AddonKind
from studio.ui.main_window import MainWindow
from studio.ui.models.models_window import ModelsWindow
from studio.ui.session import Session
from studio.ui.style import StylePanel
from studio.ui.style.diffusion_details import NOTHING, DiffusionDetails
from tests.support.fakes import (
    FakeCatalog,
    FakeEngine,
    a_model,
    an_addon,
    make_session,
    picture_pixels,
)
from tests.support.sessions import until

LEFT = Qt.MouseButton.LeftButton
ADAPTERS = [
    an_addon(name, title=title, kind=AddonKind.IP_ADAPTER, variant="plus")
    for name, title in (("plain", "IP-Adapter"), ("plus", "A very long title: IP-Adapter plus"))
]
EYES = an_addon("eyes", kind=AddonKind.IMAGE_ENCODER, family="")
NETWORKS = [
    an_addon("edges", title="Edges", kind=AddonKind.CONTROLNET, variant="canny"),
    an_addon("tiles", title="Tiles", kind=AddonKind.T2I_ADAPTER, variant="tile"),
]


@pytest.fixture
def session(
    tmp_path: Path, engine: FakeEngine, request: pytest.FixtureRequest
) -> Iterator[Session]:
    """With an artwork, two style pictures and what the test is parametrized with."""
    shipped = tmp_path / "shipped" / "pictures"
    shipped.mkdir(parents=True)
    for index, name in enumerate(("garden", "wave")):
        Image.fromarray(picture_pixels(60, 40, index)).save(shipped / f"{name}.jpg")
    models = (a_model(), a_model("large", family="sdxl"), a_model("flow", family="flux"))
    addons = getattr(request, "param", (*ADAPTERS, EYES, *NETWORKS))
    catalog = FakeCatalog(*models, addons=addons)
    session = make_session(tmp_path / "studio", engine, catalog, shipped_styles=shipped.parent)
    session.editing.open(Document.of_picture(picture_pixels(64, 64), "photo"))
    session.restyling.set_method(RestyleMethod.DIFFUSION)
    yield session
    session.library.store.close()


@pytest.fixture
def details(pane: StylePanel) -> DiffusionDetails:
    return pane.details.diffusion


def with_nothing(function: object) -> object:
    return pytest.mark.parametrize("session", [()], indirect=True)(function)


def choose(menu: QWidget, downs: int) -> None:
    menu.setFocus()
    for _ in range(abs(downs)):
        QTest.keyClick(menu, Qt.Key.Key_Down if downs > 0 else Qt.Key.Key_Up)


async def test_the_style_in_the_well_is_applied_through_the_adapter_it_names(
    qasync_loop: QEventLoop,
    pane: StylePanel,
    details: DiffusionDetails,
    session: Session,
    engine: FakeEngine,
) -> None:
    await until(lambda: session.styles.entries)
    assert pane.shelf.isVisible() and pane.style_well.isVisible()
    assert details.adapter.currentText() == "IP-Adapter"
    assert details.structure.currentText() == "Edges"
    assert not details.missing.isVisible() and not details.downloads.isVisible()
    assert not pane.bar.apply.isEnabled()
    session.styles.choose(session.styles.entries[0])
    assert not pane.mix.isVisible()
    choose(details.adapter, 1)
    choose(details.structure, 1)
    details.seen.spin_box.setValue(40)
    details.kept.spin_box.setValue(30)
    QTest.mouseClick(pane.bar.apply, LEFT)
    await until(lambda: engine.jobs)
    request = engine.jobs[0].request
    assert [(each.model, each.strength) for each in request.references] == [("plus", 0.4)]
    assert [(each.model, each.strength) for each in request.controls] == [("tiles", 0.3)]
    engine.jobs[0].start()
    engine.jobs[0].paint(99)
    await until(lambda: not session.restyling.is_working)


async def test_several_styles_have_weights_and_no_scale(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    await until(lambda: session.styles.entries)
    for entry in session.styles.entries:
        session.styles.blend(entry)
    assert pane.mix.isVisible()
    for row in pane.mix.rows:
        assert row.weight.isVisibleTo(pane) and not row.scale.isVisibleTo(pane)
    session.restyling.set_method(RestyleMethod.INSTANT)
    assert all(row.scale.isVisibleTo(pane) for row in pane.mix.rows)


async def test_the_adapter_can_be_left_out_and_structure_let_go(
    qasync_loop: QEventLoop, pane: StylePanel, details: DiffusionDetails, session: Session
) -> None:
    choose(details.adapter, 2)
    assert details.adapter.currentText() == NOTHING
    for part in (pane.shelf, pane.style_well, details.seen):
        assert not part.isVisible()
    assert session.restyling.problem == "Say which style."
    choose(details.adapter, -1)
    assert pane.shelf.isVisible() and details.seen.isVisible()
    details.kept.spin_box.setValue(0)
    assert not details.structure.isEnabled()


async def test_what_is_shown_follows_the_model(
    qasync_loop: QEventLoop, pane: StylePanel, details: DiffusionDetails, session: Session
) -> None:
    session.draft.model = session.catalog.find("large")
    assert not pane.shelf.isVisible() and not details.adapter.isVisible()
    assert not details.kept.isVisible()
    assert "IP-Adapter for Stable Diffusion XL" in details.missing.text()
    session.draft.model = session.catalog.find("flow")
    assert "words only" in details.missing.text()
    session.draft.model = session.catalog.find("tiny")
    assert details.adapter.isVisible() and not details.missing.isVisible()


@pytest.mark.parametrize(
    ("session", "sentence"),
    [
        ((), "install an IP-Adapter for Stable Diffusion 1 and an image encoder; to keep"),
        ((*ADAPTERS, EYES), "To keep the picture's structure, install a ControlNet"),
        (NETWORKS, "install an IP-Adapter for Stable Diffusion 1 and an image encoder."),
        ((*ADAPTERS, *NETWORKS), "“IP-Adapter” sees nothing without an image encoder"),
    ],
    indirect=["session"],
)
async def test_what_is_missing_is_said_with_the_way_to_it(
    qasync_loop: QEventLoop,
    pane: StylePanel,
    details: DiffusionDetails,
    qtbot: QtBot,
    sentence: str,
) -> None:
    assert sentence in details.missing.text()
    assert details.missing.text().endswith(".")
    with qtbot.waitSignal(pane.downloads_wanted, timeout=1000):
        QTest.mouseClick(details.downloads, LEFT)


@with_nothing
async def test_without_addons_there_are_words_and_a_strength_only(
    qasync_loop: QEventLoop, pane: StylePanel, details: DiffusionDetails, session: Session
) -> None:
    for part in (pane.shelf, pane.style_well, details.seen, details.adapter, details.kept):
        assert not part.isVisible()
    assert pane.details.prompt.isVisible() and pane.details.strength.isVisible()


async def test_who_chose_for_the_outside_of_a_mask_chooses_for_the_picture_now(
    qasync_loop: QEventLoop, pane: StylePanel, session: Session
) -> None:
    session.restyling.set_method(RestyleMethod.INSTANT)
    session.styles.set_has_outside(True)
    assert session.styles.is_outside
    QTest.mouseClick(pane.details.method.button(RestyleMethod.DIFFUSION), LEFT)
    assert not session.styles.is_outside


async def test_it_fits_the_narrowest_dock(
    qasync_loop: QEventLoop, pane: StylePanel, details: DiffusionDetails, session: Session
) -> None:
    choose(details.adapter, 1)
    pane.resize(300, 400)
    for widget in details.findChildren(QWidget):
        if widget.isVisible():
            assert widget.mapTo(pane, QPoint(widget.width(), 0)).x() <= 300, widget


@with_nothing
async def test_the_way_leads_to_the_page_of_downloads(
    qasync_loop: QEventLoop, window: MainWindow, session: Session
) -> None:
    QTest.mouseClick(window.style_pane.details.diffusion.downloads, LEFT)
    opened = window.findChild(ModelsWindow)
    assert opened is not None
    assert opened.pages.currentWidget() is opened.downloads
    opened.close()
    await session.close()
