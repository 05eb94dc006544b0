"""The folded box of what changes the model: real clicks, real typing, one truth."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QCheckBox, QComboBox, QLineEdit, QPushButton, QToolButton, QWidget
from pytestqt.qtbot import QtBot

from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import ModelTask
from studio.ui.controls.number_control import NumberControl
from studio.ui.prompt.changes_box import ChangesBox
from studio.ui.session import Session
from tests.support.fakes import FakeCatalog, a_model, make_session

ADDONS = (
    AddonInfo("ink", "Ink", AddonKind.LORA, "sd", Path("/ink"), trigger_words=("ink wash", "sumi")),
    AddonInfo("paper", "Paper", AddonKind.LORA, "", Path("/paper")),
    AddonInfo("xl", "XL", AddonKind.LORA, "sdxl", Path("/xl")),
    AddonInfo("soft", "Soft", AddonKind.VAE, "sd", Path("/soft")),
)


@pytest.fixture
def session(tmp_path: Path) -> Iterator[Session]:
    refiner = replace(a_model("polish"), task=ModelTask.REFINER)
    flux = replace(a_model("flux"), family="flux")
    made = make_session(tmp_path, catalog=FakeCatalog(a_model(), flux, refiner, addons=ADDONS))
    yield made
    made.library.store.close()


@pytest.fixture
def box(session: Session, qtbot: QtBot) -> ChangesBox:
    box = ChangesBox(session)
    qtbot.addWidget(box)
    box.resize(300, 600)
    box.set_open(True)
    box.show()
    return box


def named(parent: QWidget, kind: type, name: str) -> QWidget:
    (found,) = [child for child in parent.findChildren(kind) if child.accessibleName() == name]
    return found


def add(box: ChangesBox) -> None:
    [button] = [b for b in box.findChildren(QPushButton) if b.text() == "Add LoRA…"]
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)


def test_a_lora_is_looked_for_added_weighed_and_taken_away(
    box: ChangesBox, session: Session
) -> None:
    add(box)
    picker = box.loras.picker
    assert picker.names() == ["Ink", "Paper"]
    words = named(picker, QLineEdit, "Search LoRAs")
    QTest.keyClicks(words, "sumi")
    assert picker.names() == ["Ink"]
    QTest.keyClick(words, Qt.Key.Key_Return)
    assert picker.isHidden()
    assert session.draft.loras == (LoraUse("ink"),)

    [row] = box.loras.rows
    weight, _ = row.findChildren(NumberControl)
    weight.slider.setValue(-150)
    assert session.draft.loras == (LoraUse("ink", -1.5),)
    assert box.loras.rows == [row], "a row stays while it is weighed"
    [chip, _] = row.findChildren(QPushButton)
    QTest.mouseClick(chip, Qt.MouseButton.LeftButton)
    assert session.draft.prompt == "ink wash"
    assert box.heading.text() == "LoRAs and VAE · 1 in use"
    QTest.mouseClick(named(row, QToolButton, "Take Ink away"), Qt.MouseButton.LeftButton)
    assert session.draft.loras == ()
    assert box.loras.rows == []
    assert box.heading.text() == "LoRAs and VAE"


def test_a_tag_in_the_prompt_is_a_row_and_its_slider_writes_there(
    box: ChangesBox, session: Session
) -> None:
    session.draft.prompt = "a cat <lora:ink:0.5>"
    [row] = box.loras.rows
    weight, _ = row.findChildren(NumberControl)
    assert weight.value() == 0.5
    weight.slider.setValue(125)
    assert session.draft.prompt == "a cat <lora:ink:1.25>"
    session.draft.prompt = "a cat <lora:ink:7>"
    assert weight.value() == 7
    assert box.loras.rows == [row]
    session.draft.prompt = "a cat"
    assert box.loras.rows == []


@pytest.mark.parametrize("tag", [False, True])
def test_the_prompt_may_have_a_strength_of_its_own(
    box: ChangesBox, session: Session, tag: bool
) -> None:
    draft = session.draft
    if tag:
        draft.prompt = "a cat <lora:ink:0.5>"
    else:
        draft.loras = (LoraUse("ink", 0.5),)
    [row] = box.loras.rows
    apart = named(row, QToolButton, "Weigh Ink apart for the prompt")
    weight, words = row.findChildren(NumberControl)
    assert words.isHidden()

    QTest.mouseClick(apart, Qt.MouseButton.LeftButton)
    assert not words.isHidden()
    assert words.value() == 0.5
    words.slider.setValue(0)
    weight.slider.setValue(80)
    if tag:
        assert draft.prompt == "a cat <lora:ink:0:0.8>"
    else:
        assert draft.loras == (LoraUse("ink", 0.8, (), 0.0),)
    assert box.loras.rows == [row]

    QTest.mouseClick(apart, Qt.MouseButton.LeftButton)
    assert words.isHidden()
    [entry] = session.model_changes.loras()
    assert entry.use == LoraUse("ink", 0.8)


def test_the_rest_is_bound_both_ways(box: ChangesBox, session: Session) -> None:
    draft = session.draft
    vae = named(box, QComboBox, "VAE")
    assert isinstance(vae, QComboBox)
    vae.setCurrentIndex(1)
    vae.activated.emit(1)
    refiner = named(box, QComboBox, "Refiner")
    assert isinstance(refiner, QComboBox)
    refiner.setCurrentIndex(1)
    refiner.activated.emit(1)
    freeu = box.findChild(QCheckBox)
    freeu.click()
    assert (draft.vae, draft.refiner, draft.freeu) == ("soft", Refiner("polish"), FreeU())
    start = named(box, NumberControl, "Refine at")
    assert isinstance(start, NumberControl)
    assert not start.isHidden()
    start.slider.setValue(60)
    assert draft.refiner == Refiner("polish", 0.6)
    assert box.heading.text() == "LoRAs and VAE · 3 in use"

    draft.restore(
        replace(draft.as_request(), vae="", refiner=None, freeu=None, clip_skip=2, pag_scale=3.0),
        draft.model,
    )
    assert vae.currentIndex() == refiner.currentIndex() == 0
    assert not freeu.isChecked()
    assert start.isHidden()
    assert box.heading.text() == "LoRAs and VAE · 2 in use"


def test_skipped_layers_are_offered_where_the_model_can(box: ChangesBox, session: Session) -> None:
    skip = named(box, NumberControl, "Skipped")
    assert isinstance(skip, NumberControl)
    assert skip.isHidden()
    session.draft.model = replace(a_model(), family="sd3")
    assert not skip.isHidden()
    skip.slider.setValue(280)
    assert session.draft.skip_layers == SkipLayers(2.8)
    assert box.heading.text() == "LoRAs and VAE · 1 in use"
    session.draft.skip_layers = SkipLayers(3.0, (1,))
    assert skip.value() == 3.0
    skip.slider.setValue(400)
    assert session.draft.skip_layers == SkipLayers(4.0, (1,))
    session.draft.model = a_model()
    assert not skip.isHidden(), "what is set can be taken away"
    skip.slider.setValue(0)
    assert session.draft.skip_layers is None


def test_what_the_model_cannot_do_is_not_offered(box: ChangesBox, session: Session) -> None:
    clip_skip = named(box, NumberControl, "Clip skip")
    freeu = box.findChild(QCheckBox)
    assert not clip_skip.isHidden()
    session.draft.loras = (LoraUse("ink"),)
    session.models.use(session.catalog.find("flux"))
    assert clip_skip.isHidden()
    assert freeu.isHidden()
    assert named(box, QComboBox, "Refiner").parentWidget().isHidden()
    assert session.model_changes.trouble(session.model_changes.loras()[0])
    session.draft.vae = "gone"
    assert named(box, QComboBox, "VAE").currentText() == "gone (not here)"
