"""The box in the prompt panel that says where the next pictures branch off."""

from __future__ import annotations

from dataclasses import replace

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel

from studio.domain.adapters import LoraUse
from studio.domain.control import Control
from studio.domain.hires import HiresFix
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.prompt import PromptPanel
from studio.ui.prompt.branch_box import BranchBox
from studio.ui.prompt.generate_bar import GenerateBar
from studio.ui.prompt.size_control import SizeControl
from studio.ui.session import Emergence, Session
from studio.ui.session.branch_point import BranchPoint
from studio.ui.session.drafting.guide import Guide
from tests.support.fakes import picture_pixels


@pytest.fixture
def box(panel: PromptPanel) -> BranchBox:
    return panel.findChild(BranchBox)


def parent_of(session: Session) -> Request:
    """A picture made with what the panel says."""
    session.draft.prompt = "an owl"
    return replace(session.draft.as_request(), num_inference_steps=4)


def branch(session: Session, step: int = 2) -> Request:
    parent = parent_of(session)
    frames = tuple(picture_pixels(8, 8, number) for number in range(step))
    session.draft.num_inference_steps = 4
    session.draft.branch = BranchPoint(parent, step, frames=frames)
    return parent


def says(box: BranchBox) -> str:
    labels = [*box.findChildren(QLabel), *box.findChildren(ElidedLabel)]
    return "\n".join(label.text() for label in labels if label.isVisible())


def test_it_says_where_and_of_what_and_lets_go(
    panel: PromptPanel, box: BranchBox, session: Session
) -> None:
    bar = panel.findChild(GenerateBar)
    assert not box.isVisible()
    assert bar.button.text().startswith("Generate")
    branch(session)
    assert box.isVisible()
    assert "Branch from step 2" in says(box)
    assert "of “an owl”" in says(box)
    assert bar.button.text().startswith("Branch")
    assert not box._thumbnail.pixmap().isNull()
    QTest.mouseClick(box.leave, Qt.MouseButton.LeftButton)
    assert session.draft.branch is None
    assert not box.isVisible()
    assert bar.button.text().startswith("Generate")


def test_what_the_parent_decides_cant_be_changed(
    panel: PromptPanel, box: BranchBox, session: Session
) -> None:
    size = panel.findChild(SizeControl)
    branch(session)
    assert not size.isEnabled()
    session.branching.leave_branch()
    assert size.isEnabled()


def test_it_says_when_the_same_picture_would_come_again(box: BranchBox, session: Session) -> None:
    branch(session)
    assert "Nothing differs" in says(box)
    session.draft.prompt = "a cat"
    assert "Nothing differs" not in says(box)
    assert box.use_settings.isVisible()
    QTest.mouseClick(box.use_settings, Qt.MouseButton.LeftButton)
    assert session.draft.prompt == "an owl"
    assert "Nothing differs" in says(box)
    session.draft.scheduler = Scheduler.EULER_A
    assert "Nothing differs" not in says(box)


def test_it_says_when_no_step_is_left(box: BranchBox, session: Session) -> None:
    branch(session, 3)
    session.draft.num_inference_steps = 3
    assert "none after step 3" in says(box)
    session.draft.num_inference_steps = 9
    assert "none after" not in says(box)


def test_the_settings_of_another_picture_take_its_branch_along(
    box: BranchBox, session: Session
) -> None:
    branch(session)
    request = session.draft.requests()[0]
    session.draft.restore(parent_of(session), session.draft.model)
    assert not box.isVisible()
    session.draft.restore(request, session.draft.model)
    assert "Branch from step 2" in says(box)


def test_what_a_running_picture_offers_stands_beside_stop(
    panel: PromptPanel, session: Session
) -> None:
    bar = panel.findChild(GenerateBar)
    assert not bar.keep_button.isVisible()
    session.jobs._set_drawing(Emergence.of_request(parent_of(session)))
    assert bar.keep_button.isVisible()
    assert bar.keep_button.accessibleName() == "Stop here and keep the picture"
    session.jobs._set_drawing(None)
    assert not bar.keep_button.isVisible()


def test_prompts_are_plain_text_here_too(box: BranchBox, session: Session) -> None:
    parent = replace(parent_of(session), prompt="<b>bold</b>")
    session.draft.branch = BranchPoint(parent, 2)
    assert "<b>bold</b>" in says(box)


async def test_guides_and_loras_differ_too_and_come_with_its_settings(
    qasync_loop: object, box: BranchBox, session: Session
) -> None:
    parent = branch(session)
    assert box.use_settings.isHidden()
    session.draft.loras = (LoraUse("ink"),)
    assert not box.use_settings.isHidden()
    session.draft.guides = (Guide(Control("edges", PictureRef("0" * 64, 64, 64))),)
    session.draft.loras = ()
    assert not box.use_settings.isHidden()
    assert session.draft.requests()[0].controls == session.draft.controls
    QTest.mouseClick(box.use_settings, Qt.MouseButton.LeftButton)
    assert session.draft.guides == ()
    assert session.draft.controls == parent.controls
    assert box.use_settings.isHidden()


def test_in_a_second_pass_it_says_that_this_stays(
    panel: PromptPanel, box: BranchBox, session: Session
) -> None:
    parent = replace(parent_of(session), hires=HiresFix(128, 128, 0.5, 6))
    session.draft.num_inference_steps = 4
    session.draft.branch = BranchPoint(parent, 6)
    assert "in the second pass of “an owl”" in says(box)
    assert "its second pass stays" in says(box), "the panel has none"
    session.branching.use_settings()
    assert session.draft.second_pass == parent.hires
    assert "Nothing differs" in says(box)
