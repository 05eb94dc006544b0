"""The Finish menu: bound both ways, and it names the size that comes out."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QComboBox
from pytestqt.qtbot import QtBot

from studio.domain.geometry import Size
from studio.ui.prompt import PromptPanel
from studio.ui.prompt.finish_box import FinishBox
from studio.ui.session import Draft
from tests.support.fakes import a_model


@pytest.fixture
def draft() -> Draft:
    return Draft.for_model(a_model(default_upscale=4))


@pytest.fixture
def box(draft: Draft, qtbot: QtBot) -> Iterator[FinishBox]:
    box = FinishBox(draft)
    qtbot.addWidget(box)
    box.show()
    yield box


def entries(box: QComboBox) -> list[str]:
    return [box.itemText(row) for row in range(box.count())]


def test_each_entry_names_the_size_that_comes_out(box: FinishBox, draft: Draft) -> None:
    assert entries(box) == ["1×  64 × 64", "2×  128 × 128", "4×  256 × 256"]
    draft.resize(Size(96, 64))
    assert entries(box) == ["1×  96 × 64", "2×  192 × 128", "4×  384 × 256"]
    assert "384 × 256, upscaled from 96 × 64" in box.toolTip()


def test_it_begins_with_the_models_default_and_follows_the_draft(
    box: FinishBox, draft: Draft
) -> None:
    assert box.currentText() == "4×  256 × 256"
    draft.upscale = 1
    assert box.currentText() == "1×  64 × 64"
    assert "as the model draws it" in box.toolTip()
    draft.use_model(a_model("other", default_upscale=2))
    assert box.currentText() == "2×  128 × 128"


def test_keys_write_the_draft(box: FinishBox, draft: Draft) -> None:
    QTest.keyClick(box, Qt.Key.Key_Up)
    assert draft.upscale == 2
    QTest.keyClick(box, Qt.Key.Key_Home)
    assert draft.upscale == 1
    assert draft.as_request().finished_size == Size(64, 64)


def test_the_panel_always_shows_it(panel: PromptPanel) -> None:
    (shown,) = [box for box in panel.findChildren(FinishBox) if box.isVisible()]
    assert shown.accessibleName() == "Finish"
