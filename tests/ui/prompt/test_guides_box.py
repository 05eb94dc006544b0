"""The folded box of guides: real clicks, drops and drags; one truth, the draft's."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from PySide6.QtCore import Qt
from PySide6.QtGui import QStandardItemModel
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QComboBox, QLabel, QMenu
from pytestqt.qtbot import QtBot

from studio.document import Document, TiledImage
from studio.document.edits import rename_layer, set_layer_image
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.control import Control, Preprocessor, Reference, ReferenceKind
from studio.domain.errors import ModelRefused
from studio.domain.geometry import Size
from studio.domain.picture_ref import PictureRef
from studio.ui.prompt.guide_row import GuideRow
from studio.ui.prompt.guides_box import GuidesBox
from studio.ui.session import Session
from tests.support import drags
from tests.support.fakes import FakeCatalog, FakeEngine, a_model, make_session, picture_pixels
from tests.support.sessions import until

ADDONS = (
    AddonInfo("edges", "Edges", AddonKind.CONTROLNET, "sd", Path("/edges"), variant="canny"),
    AddonInfo("depths", "Depths", AddonKind.CONTROLNET, "sd", Path("/depths"), variant="depth"),
    AddonInfo("looks", "Looks", AddonKind.IP_ADAPTER, "sd", Path("/looks"), variant="standard"),
)


@pytest.fixture
def session(tmp_path: Path, qasync_loop: object) -> Iterator[Session]:
    families = {"bare": "sd2", "flux": "flux", "flux2": "flux2", "z": "z-image"}
    models = a_model(), *(a_model(name, family=family) for name, family in families.items())
    made = make_session(tmp_path / "studio", catalog=FakeCatalog(*models, addons=ADDONS))
    yield made
    made.library.store.close()


@pytest.fixture
def box(session: Session, qtbot: QtBot) -> GuidesBox:
    box = GuidesBox(session)
    qtbot.addWidget(box)
    box.resize(300, 700)
    box.set_open(True)
    box.show()
    return box


@pytest.fixture
def picture(tmp_path: Path) -> Path:
    path = tmp_path / "house.png"
    Image.fromarray(picture_pixels()).save(path)
    return path


async def open_menu() -> QMenu:
    await until(lambda: isinstance(QApplication.activePopupWidget(), QMenu))
    menu = QApplication.activePopupWidget()
    assert isinstance(menu, QMenu)
    return menu


def choose(menu: QMenu, text: str) -> None:
    [action] = [action for action in menu.actions() if action.text() == text]
    menu.setActiveAction(action)
    QTest.keyClick(menu, Qt.Key.Key_Return)


async def a_row(box: GuidesBox, picture: Path, *, reference: bool = False) -> GuideRow:
    """The row of a picture that is added as the only guide."""
    box._session.guides.add(picture, "house", reference=reference)
    await until(lambda: box.rows)
    [row] = box.rows
    return row


def pick(menu: QComboBox, text: str) -> None:
    index = menu.findText(text)
    menu.setCurrentIndex(index)
    menu.activated.emit(index)


async def test_a_dropped_file_becomes_a_control_or_a_reference(
    box: GuidesBox, session: Session, picture: Path
) -> None:
    box.set_open(False)
    assert box.says.text().startswith("Pictures that the next ones follow")
    drags.drop(box, drags.a_file(picture))
    choose(await open_menu(), "Control")
    await until(lambda: len(box.rows) == 1)
    assert box.is_open(), "what was added is seen"
    drags.drop(box, drags.an_image(picture_pixels(seed=2)))
    choose(await open_menu(), "Reference")
    await until(lambda: len(box.rows) == 2)
    control, reference = session.draft.guides
    assert isinstance(control.wish, Control)
    assert isinstance(reference.wish, Reference)
    assert control.title == "house.png"
    assert box.heading.text() == "Guides · 2 in use"
    assert box.says.isHidden()
    await until(lambda: all(not row.thumbnail.pixmap().isNull() for row in box.rows))
    sampled = box.rows[0].thumbnail.pixmap().toImage()
    middle = sampled.pixelColor(sampled.rect().center())
    assert middle.red() == middle.green() == middle.blue(), "the map of its edges"


async def test_its_controls_write_the_draft_and_show_it(
    box: GuidesBox, session: Session, picture: Path
) -> None:
    row = await a_row(box, picture)
    assert row.seen.currentText() == "Edges"
    pick(row.network, "Depths")
    assert session.draft.controls[0].preprocessor is Preprocessor.NONE, "no map that misleads it"
    pick(row.network, "Edges")
    pick(row.seen, "Tones")
    row.strength.slider.setValue(75)
    row.start.spin_box.setValue(60)
    row.end.spin_box.setValue(40)
    [control] = session.draft.controls
    assert (control.model, control.preprocessor) == ("edges", Preprocessor.TILE)
    assert (control.strength, control.start, control.end) == (0.75, 0.39, 0.4)
    assert row.start.value() == 39
    assert box.rows == [row], "a row stays while it is changed"
    session.guides.change(0, strength=1.5)
    assert row.strength.value() == 1.5
    QTest.mouseClick(row.remove, Qt.MouseButton.LeftButton)
    assert session.draft.guides == ()
    assert box.rows == []
    assert box.heading.text() == "Guides"


async def test_a_reference_says_what_of_it_counts(
    box: GuidesBox, session: Session, picture: Path
) -> None:
    row = await a_row(box, picture, reference=True)
    pick(row.seen, "Style")
    row.strength.slider.setValue(30)
    [reference] = session.draft.references
    assert (reference.kind, reference.strength) == (ReferenceKind.STYLE, 0.3)


async def test_buttons_offer_where_a_picture_comes_from(box: GuidesBox, session: Session) -> None:
    QTest.mouseClick(box.add_control, Qt.MouseButton.LeftButton)
    menu = await open_menu()
    assert [action.text() for action in menu.actions()][-1] == "The layer"
    assert not menu.actions()[-1].isEnabled()
    menu.close()
    session.editing.open(Document.of_picture(picture_pixels(), "R&D"))
    QTest.mouseClick(box.add_control, Qt.MouseButton.LeftButton)
    choose(await open_menu(), "The layer “R&&D”")
    await until(lambda: len(box.rows) == 1)
    QTest.mouseClick(box.add_reference, Qt.MouseButton.LeftButton)
    choose(await open_menu(), "What is on the canvas")
    await until(lambda: len(box.rows) == 2)
    assert session.draft.guides[0].source is not None
    assert session.draft.references[0].model == "looks"


async def test_a_control_layer_shows_its_name_and_what_is_drawn(
    box: GuidesBox, session: Session
) -> None:
    document = Document.blank(Size(64, 64))
    session.editing.open(document)
    session.guides.add_layer()
    await until(lambda: bool(box.rows) and not box.rows[0].thumbnail.pixmap().isNull())
    blank = box.rows[0].thumbnail.pixmap().toImage()
    layer = document.content.layers[0].id
    document.do(rename_layer(document.content, layer, "pose"))
    assert box.rows[0].accessibleName() == "Control: pose"
    square = np.zeros((64, 64, 4), np.uint8)
    square[16:48, 16:48, 3] = 255
    drawing = TiledImage.of(square)
    document.do(set_layer_image(document.content, layer, drawing, "Draw"))
    await until(lambda: box.rows[0].thumbnail.pixmap().toImage() != blank)


async def test_it_says_what_is_missing(box: GuidesBox, session: Session, picture: Path) -> None:
    wanted: list[bool] = []
    session.guides.downloads_wanted.connect(lambda: wanted.append(True))
    await a_row(box, picture)
    session.models.use(session.catalog.find("flux2"))
    assert "can't be guided" in _trouble(box)
    session.guides.remove(0)
    assert "can't be guided" in box.says.text()
    assert box.get.isHidden()
    session.models.use(session.catalog.find("bare"))
    assert "there is none yet" in box.says.text()
    assert box.add_control.isHidden()
    QTest.mouseClick(box.get, Qt.MouseButton.LeftButton)
    assert wanted


async def test_where_references_cannot_be_seen_it_says_so(box: GuidesBox, session: Session) -> None:
    assert box.add_reference.isEnabled()
    session.models.use(session.catalog.find("flux"))
    assert "there is none yet" in box.says.text()
    assert box.add_reference.isEnabled()
    session.models.use(session.catalog.find("z"))
    assert not box.add_reference.isEnabled()
    assert "can't see reference pictures" in box.add_reference.toolTip()


async def test_for_a_small_model_of_its_own_kind_there_are_none_to_get(
    box: GuidesBox, session: Session, tmp_path: Path
) -> None:
    unet = tmp_path / "small" / "unet"
    unet.mkdir(parents=True)
    (unet / "config.json").write_text('{"cross_attention_dim": 256}')
    session.draft.use_model(a_model("small", family="sd2", path=unet.parent))
    assert "for this model: choose" in box.says.text()
    assert box.get.isHidden()


async def test_a_drag_over_the_window_shows_where_it_can_be_dropped(
    box: GuidesBox, picture: Path
) -> None:
    assert drags.enter(box, drags.a_file(picture))
    assert box._hint.isVisible() or box.heading.text() == "Guides: drop it here"
    drags.leave(box)
    await until(lambda: box.heading.text() == "Guides" and box._hint.isHidden())


async def test_recalled_settings_bring_their_guides(
    box: GuidesBox, session: Session, picture: Path
) -> None:
    await a_row(box, picture)
    request = session.draft.as_request()
    session.guides.remove(0)
    session.draft.restore(request, session.draft.model)
    assert len(box.rows) == 1
    session.draft.restore(replace(request, controls=()), session.draft.model)
    assert box.rows == []


def _trouble(box: GuidesBox) -> str:
    [row] = box.rows
    return row.trouble.text()


def seen_item(row: GuideRow, text: str) -> tuple[bool, str]:
    """Whether it can be chosen, and its tip."""
    index = row.seen.findText(text)
    model = row.seen.model()
    assert isinstance(model, QStandardItemModel)
    return model.item(index).isEnabled(), row.seen.itemData(index, Qt.ItemDataRole.ToolTipRole)


async def test_what_lacks_a_network_cannot_be_chosen_and_says_what_to_fetch(
    box: GuidesBox, session: Session, picture: Path
) -> None:
    row = await a_row(box, picture)
    for text, net in (("Depth", "Depth Anything V2"), ("Pose", "ViTPose")):
        can, tip = seen_item(row, text)
        assert not can
        assert net in tip
        assert "Models window under Downloads" in tip
    assert [row.seen.itemText(number) for number in range(5, row.seen.count())] == ["Depth", "Pose"]


async def test_a_control_that_looks_at_depth_says_what_would_find_it(
    box: GuidesBox, session: Session, picture: Path
) -> None:
    row = await a_row(box, picture)
    assert row.hint.isHidden()
    pick(row.network, "Depths")
    assert row.hint.text().startswith("It looks at depth maps. A network that finds depth")
    assert row.trouble.isHidden()
    wanted: list[bool] = []
    session.guides.annotators_wanted.connect(lambda: wanted.append(True))
    QTest.mouseClick(row.get, Qt.MouseButton.LeftButton)
    assert wanted == [True]
    pick(row.seen, "Edges")
    assert row.hint.isHidden()
    assert row.get.isHidden()


FINDERS = (
    AddonInfo("da", "DA", AddonKind.ANNOTATOR, "", Path("/da"), variant="depth"),
    AddonInfo("vit", "ViT", AddonKind.ANNOTATOR, "", Path("/vit"), variant="pose"),
)


@pytest.fixture
def finding(tmp_path: Path, qasync_loop: object, qtbot: QtBot) -> Iterator[GuidesBox]:
    """The box where networks that find depth and poses are there."""
    catalog = FakeCatalog(a_model(), addons=(*ADDONS, *FINDERS))
    session = make_session(tmp_path / "studio", catalog=catalog)
    box = GuidesBox(session)
    qtbot.addWidget(box)
    box.resize(300, 700)
    box.set_open(True)
    box.show()
    yield box
    session.library.store.close()


async def test_depth_is_shown_once_the_engine_has_found_it(
    finding: GuidesBox, picture: Path
) -> None:
    session, engine = finding._session, finding._session.engine
    assert isinstance(engine, FakeEngine)
    row = await a_row(finding, picture)
    assert seen_item(row, "Depth")[0]
    assert seen_item(row, "Pose")[0]
    pick(row.network, "Depths")
    assert session.draft.controls[0].preprocessor is Preprocessor.DEPTH
    await until(lambda: engine.asked)
    assert "Finding depth…" in words(row)
    engine.asked[0][1].set_result(np.full((64, 64, 3), 80, np.uint8))
    await until(lambda: "Finding depth…" not in words(row))
    shown = row.thumbnail.pixmap().toImage()
    assert shown.pixelColor(shown.rect().center()).red() == 80


async def test_of_several_questions_only_the_last_is_waited_for(
    finding: GuidesBox, picture: Path
) -> None:
    engine = finding._session.engine
    assert isinstance(engine, FakeEngine)
    row = await a_row(finding, picture)
    pick(row.seen, "Depth")
    await until(lambda: len(engine.asked) == 1)
    pick(row.seen, "Pose")
    await until(lambda: len(engine.asked) == 2)
    assert engine.asked[0][1].cancelled()
    assert "Finding people…" in words(row)
    engine.asked[1][1].set_exception(ModelRefused("It is damaged.", "Fetch it again."))
    await until(lambda: "Finding people…" not in words(row))
    assert row.thumbnail.toolTip() == "It is damaged. Fetch it again."
    assert row.thumbnail.pixmap().isNull()


def words(row: GuideRow) -> str:
    return " ".join(label.text() for label in row.findChildren(QLabel))


async def test_pictures_of_a_recalled_request_are_called_as_the_history_knows_them(
    box: GuidesBox, session: Session
) -> None:
    library = session.library
    known = await library.record(picture_pixels(seed=8), session.draft.as_request())
    assert known.request is not None
    lost = PictureRef("0c" * 32, 64, 48)
    ref = PictureRef(known.pixel_digest, known.width, known.height)
    prompted = replace(known.request, prompt="an owl in the snow at dawn, gouache")
    owl = await library.record(picture_pixels(seed=9), prompted)
    owl_ref = PictureRef(owl.pixel_digest, owl.width, owl.height)
    controls = tuple(Control("edges", one) for one in (ref, owl_ref, lost))
    session.draft.restore(replace(prompted, controls=controls), session.draft.model)
    assert [row.accessibleName() for row in box.rows] == [
        f"Control: {known.path.name}",
        "Control: an owl in the snow at",
        "Control",
    ]
