"""The menu of models."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.domain.model import ModelTask
from studio.ui.prompt.model_box import ALL_MODELS, ModelBox
from studio.ui.session import Session
from tests.support.fakes import FakeCatalog, a_model, make_session


def models_of(box: ModelBox) -> list[str]:
    """The models it lists; behind them come a line and the window of all models."""
    texts = [box.itemText(row) for row in range(box.count())]
    assert texts[-2:] == ["", ALL_MODELS]
    return texts[:-2]


def test_choosing_a_model_takes_over_what_it_draws_best_with(
    session: Session, qtbot: QtBot
) -> None:
    box = ModelBox(session)
    qtbot.addWidget(box)
    session.draft.prompt = "a fox"
    assert models_of(box) == ["Tiny", "Other"]
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
    assert "Stable Diffusion 1" in tip
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
    assert models_of(box) == ["New", "Tiny"]
    assert box.currentText() == "Tiny"
    assert session.draft.num_inference_steps == 9
    models.pop()
    catalog.changed.emit()
    assert box.currentText() == "Tiny", "the chosen one stays in sight even when its files are gone"
    session.library.store.close()


def test_the_last_entry_opens_all_models_and_chooses_none(session: Session, qtbot: QtBot) -> None:
    box = ModelBox(session)
    qtbot.addWidget(box)
    wanted: list[bool] = []
    session.models.window_wanted.connect(lambda: wanted.append(True))
    box.show()
    box.showPopup()
    QTest.keyClick(box.view(), Qt.Key.Key_End)
    QTest.keyClick(box.view(), Qt.Key.Key_Return)
    assert wanted == [True]
    assert box.currentText() == "Tiny"


def test_arrow_keys_end_at_the_last_model(session: Session, qtbot: QtBot) -> None:
    box = ModelBox(session)
    qtbot.addWidget(box)
    wanted: list[bool] = []
    session.models.window_wanted.connect(lambda: wanted.append(True))
    for _ in range(4):
        QTest.keyClick(box, Qt.Key.Key_Down)
    assert box.currentText() == "Other"
    assert session.draft.model.name == "other"
    assert not wanted


def test_favourites_come_first(session: Session, qasync_loop: object, qtbot: QtBot) -> None:
    box = ModelBox(session)
    qtbot.addWidget(box)
    session.models.marks.set_favourite(session.models.models()[1], True)
    assert models_of(box) == ["Other", "Tiny"]
    assert box.currentText() == "Tiny"


def test_a_refiner_is_no_model_to_paint_with(tmp_path: Path, qtbot: QtBot) -> None:
    refiner = replace(a_model("polish"), task=ModelTask.REFINER)
    session = make_session(tmp_path, catalog=FakeCatalog(a_model(), refiner))
    box = ModelBox(session)
    qtbot.addWidget(box)
    assert models_of(box) == ["Tiny"]
    assert [model.name for model in session.model_changes.refiners()] == ["polish"]
    # A request that names it all the same stands there as it is.
    session.draft.model = refiner
    assert models_of(box) == ["Polish", "Tiny"]
    session.library.store.close()
