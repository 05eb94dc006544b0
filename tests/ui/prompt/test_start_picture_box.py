"""The start picture in the prompt panel."""

from __future__ import annotations

from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QLabel, QToolButton

from studio.document import StartPicture
from studio.domain.model import ModelTask
from studio.domain.request import PictureRef
from studio.ui.controls.number_control import NumberControl
from studio.ui.prompt import PromptPanel
from studio.ui.prompt.start_picture_box import StartPictureBox
from studio.ui.session import Session
from tests.support.fakes import a_model, picture_pixels


def start_from(session: Session, name: str = "harbour.png") -> None:
    ref = PictureRef("0" * 64, 300, 200)
    session.artwork.start_from(StartPicture(ref, picture_pixels(300, 200), name))


def test_it_takes_no_room_without_a_picture(panel: PromptPanel, session: Session) -> None:
    box = panel.findChild(StartPictureBox)
    assert not box.isVisible()
    start_from(session)
    assert box.isVisible()
    texts = [label.text() for label in box.findChildren(QLabel)]
    assert "harbour.png" in texts
    assert "300 × 200" in texts
    assert any(not label.pixmap().isNull() for label in box.findChildren(QLabel))


def test_it_is_removed_by_its_button(panel: PromptPanel, session: Session) -> None:
    start_from(session)
    box = panel.findChild(StartPictureBox)
    QTest.mouseClick(box.findChild(QToolButton), Qt.MouseButton.LeftButton)
    assert session.artwork.start is None
    assert not box.isVisible()


def test_strength_is_bound_both_ways(panel: PromptPanel, session: Session) -> None:
    start_from(session)
    strength = panel.findChild(StartPictureBox).findChild(NumberControl)
    session.draft.strength = 0.35
    assert strength.value() == 0.35
    QTest.keyClick(strength.spin_box, Qt.Key.Key_Up)
    assert session.draft.strength == 0.4


def test_the_files_name_is_plain_text(panel: PromptPanel, session: Session) -> None:
    start_from(session, "<img src=x>.png")
    labels = panel.findChild(StartPictureBox).findChildren(QLabel)
    (name,) = [label for label in labels if label.text() == "<img src=x>.png"]
    assert name.textFormat() is Qt.TextFormat.PlainText
    assert "&lt;img" in name.toolTip()


def test_a_model_that_can_edit_offers_it_in_the_place_of_strength(
    panel: PromptPanel, session: Session
) -> None:
    start_from(session)
    box = panel.findChild(StartPictureBox)
    edit = box.findChild(QCheckBox)
    strength = box.findChild(NumberControl)
    assert edit.isHidden()
    session.models.use(a_model("flux2", family="flux2"))
    assert not edit.isHidden()
    assert not strength.isHidden()
    QTest.mouseClick(edit, Qt.MouseButton.LeftButton, pos=QPoint(8, edit.height() // 2))
    assert session.draft.edit
    assert session.generation.next_request().edit
    assert strength.isHidden()
    session.draft.edit = False
    assert not edit.isChecked()
    session.models.use(a_model("editor", task=ModelTask.EDIT))
    assert edit.isChecked(), "that is what it was made for"
    session.models.use(a_model())
    assert not session.draft.edit
    assert edit.isHidden()
    assert not strength.isHidden()


def test_guidance_by_the_picture_is_there_for_models_that_have_it(
    panel: PromptPanel, session: Session
) -> None:
    start_from(session)
    strength, guidance = panel.findChild(StartPictureBox).findChildren(NumberControl)
    assert guidance.isHidden()
    session.models.use(a_model("editor", task=ModelTask.EDIT))
    assert not guidance.isHidden()
    assert strength.isHidden()
    assert guidance.value() == 1.5
    guidance.slider.setValue(200)
    request = session.generation.next_request()
    assert request.image_guidance_scale == 2.0
    # Where it counts for nothing, a request says nothing of it.
    session.draft.edit = False
    assert guidance.isHidden()
    assert session.generation.next_request().image_guidance_scale == 1.5

    session.draft.restore(request, session.draft.model)
    assert session.draft.image_guidance_scale == guidance.value() == 2.0
    session.models.use(a_model("kontext", family="flux", task=ModelTask.EDIT))
    assert guidance.isHidden()
    assert session.generation.next_request().image_guidance_scale == 1.5
