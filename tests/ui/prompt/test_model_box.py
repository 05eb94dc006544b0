"""The menu of models."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.ui.prompt.model_box import ModelBox
from studio.ui.session import Session
from tests.support.fakes import FakeCatalog, a_model, make_session


def test_choosing_a_model_takes_over_what_it_draws_best_with(
    session: Session, qtbot: QtBot
) -> None:
    box = ModelBox(session)
    qtbot.addWidget(box)
    session.draft.prompt = "a fox"
    assert [box.itemText(row) for row in range(box.count())] == ["Tiny", "Other"]
    QTest.keyClick(box, Qt.Key.Key_Down)
    assert session.draft.model.name == "other"
    assert session.draft.num_inference_steps == 7
    assert session.draft.prompt == "a fox"


def test_the_tooltip_is_plain_text_with_family_and_licence(tmp_path: Path, qtbot: QtBot) -> None:
    catalog = FakeCatalog(a_model(title="<b>Evil</b>"))
    session = make_session(tmp_path, catalog=catalog)
    box = ModelBox(session)
    qtbot.addWidget(box)
    tip = box.itemData(0, Qt.ItemDataRole.ToolTipRole)
    assert "&lt;b&gt;Evil" in tip
    assert "Family: sd" in tip
    assert "Licence: Apache-2.0" in tip
    assert tip == box.toolTip()
    session.library.store.close()


def test_a_model_that_comes_is_listed_and_the_choice_stays(tmp_path: Path, qtbot: QtBot) -> None:
    models = [a_model()]
    catalog = FakeCatalog()
    catalog._models = models
    session = make_session(tmp_path, catalog=catalog)
    box = ModelBox(session)
    qtbot.addWidget(box)
    session.draft.num_inference_steps = 9
    models.insert(0, a_model("new"))
    catalog.changed.emit()
    assert [box.itemText(row) for row in range(box.count())] == ["New", "Tiny"]
    assert box.currentText() == "Tiny"
    assert session.draft.num_inference_steps == 9
    models.pop()
    catalog.changed.emit()
    assert box.currentText() == "Tiny", "the chosen one stays in sight even when its files are gone"
    session.library.store.close()
