"""The folded box of the second pass: keys, clicks, and the size that comes out."""

from __future__ import annotations

import pytest
from PySide6.QtCore import QPoint, Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.domain.geometry import Size
from studio.domain.hires import LATENT, HiresFix, Tiling
from studio.domain.upscalers import UpscalerName
from studio.ui.prompt.finish_box import FinishBox
from studio.ui.prompt.second_pass_box import SecondPassBox
from studio.ui.session import Session
from studio.ui.session.drafting.hires_wish import HiresWish
from tests.support.fakes import a_model


@pytest.fixture
def box(session: Session, qtbot: QtBot) -> SecondPassBox:
    box = SecondPassBox(session)
    qtbot.addWidget(box)
    box.resize(300, 300)
    box.set_open(True)
    box.show()
    return box


def test_keys_choose_how_large_it_is_drawn_again(box: SecondPassBox, session: Session) -> None:
    draft = session.draft
    assert box.strength.isHidden()
    box.scales.setFocus()
    QTest.keyClick(box.scales, Qt.Key.Key_Down)
    assert box.scales.currentText() == "1.5×  96 × 96"
    assert draft.as_request().hires == HiresFix(96, 96)
    QTest.keyClick(box.scales, Qt.Key.Key_Down)
    box.strength.slider.setValue(30)
    box.upscaler.setCurrentIndex(1)
    box.upscaler.activated.emit(1)
    assert draft.hires == HiresWish(2.0, 0.3, UpscalerName.FAST)
    assert box.heading.text() == "Second pass and tiles · 2×"
    draft.resize(Size(96, 64))
    assert box.scales.currentText() == "2×  192 × 128"
    QTest.keyClick(box.scales, Qt.Key.Key_Home)
    assert draft.hires is None
    assert not box.upscaler.isVisible()


def test_any_scale_can_be_typed(box: SecondPassBox, session: Session) -> None:
    box.scales.setFocus()
    QTest.keyClick(box.scales, Qt.Key.Key_End)
    assert not box.scale.isHidden()
    box.scale.spin_box.selectAll()
    QTest.keyClicks(box.scale.spin_box, "2.5")
    assert session.draft.second_pass == HiresFix(160, 160)
    assert box.scales.currentText() == "Custom  160 × 160"
    session.draft.hires = HiresWish(1.25, upscaler="a network that went")
    assert box.scale.value() == 1.25
    assert box.upscaler.currentText() == "a network that went (not here)"
    session.draft.hires = None
    session.draft.hires = HiresWish(1.5, upscaler=LATENT)
    assert box.scale.isHidden()


def test_tiles_are_as_large_as_the_model_draws(box: SecondPassBox, session: Session) -> None:
    QTest.mouseClick(box.tiles, Qt.MouseButton.LeftButton, pos=QPoint(8, box.tiles.height() // 2))
    assert session.draft.tiling == Tiling(64, 8)
    assert "64 × 64 pixels at a time" in box.tiles.toolTip()
    session.models.use(a_model("large", sizes=(Size(128, 128),)))
    assert session.draft.tiling == Tiling(128, 16)
    session.draft.tiling = None
    assert not box.tiles.isChecked()
    assert box.heading.text() == "Second pass and tiles"


def test_the_finished_size_stays_true(session: Session, qtbot: QtBot) -> None:
    finish = FinishBox(session.draft)
    qtbot.addWidget(finish)
    session.draft.hires = HiresWish(1.5)
    assert [finish.itemText(row) for row in range(3)] == [
        "1×  96 × 96",
        "2×  192 × 192",
        "4×  384 × 384",
    ]
    session.draft.upscale = 2
    assert "192 × 192, upscaled from 96 × 96 in two passes, the first 64 × 64" in finish.toolTip()
    assert session.draft.as_request().finished_size == Size(192, 192)
    session.draft.hires = None
    assert finish.itemText(1) == "2×  128 × 128"
