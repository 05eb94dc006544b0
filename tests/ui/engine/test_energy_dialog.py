"""The energy dialog: totals of a real history, the grid's intensity, and the file."""

from __future__ import annotations

import csv
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.domain.events import ImageReady
from studio.domain.making import Making
from studio.library.index.energies import EnergyBy, EnergyTotal
from studio.ui.engine.energy_dialog import EnergyDialog, unmeasured_in_words, whole_in_words
from studio.ui.engine.totals_view import TotalsView, cells, co2_in_words
from studio.ui.session import Notice, Session
from tests.support.fakes import FakeEngine, picture_pixels
from tests.support.sessions import until


def lines(view: TotalsView) -> list[list[str]]:
    items = [view.topLevelItem(row) for row in range(view.topLevelItemCount())]
    return [[item.text(column) for column in range(4)] for item in items]


@pytest.fixture
def dialog(qasync_loop: QEventLoop, session: Session, qtbot: QtBot) -> Iterator[EnergyDialog]:
    dialog = EnergyDialog(session)
    qtbot.addWidget(dialog)
    yield dialog
    qasync_loop.run_until_complete(session.close())


async def draw(session: Session, engine: FakeEngine, making: Making | None) -> None:
    """One picture with this in its record."""
    energies = session.library.store.energies
    count = energies.whole().pictures
    session.draft.prompt = "a fox"
    session.generation.generate()
    await until(lambda: engine.waiting)
    job = engine.waiting[0]
    job.start()
    image, previews = picture_pixels(64, 64, count), picture_pixels(8, 8, 1)
    job.push(ImageReady(job.generation, image[None], previews[None, None], (), 1.0, making=making))
    await until(lambda: energies.whole().pictures == count + 1)


async def test_totals_come_when_it_is_looked_at(
    qasync_loop: QEventLoop, dialog: EnergyDialog, session: Session, engine: FakeEngine
) -> None:
    session.energy_use.refresh()
    await until(lambda: session.energy_use.report is not None)
    assert dialog.whole.text() == "No picture was measured"
    assert dialog.unmeasured.text() == "There are no pictures yet."
    await draw(session, engine, Making(energy_j=7200.0, energy_of="GPU", grid_g_per_kwh=500.0))
    await draw(session, engine, None)
    await until(lambda: session.energy_use.report.whole.pictures == 2)
    assert dialog.whole.text() == "2.00 Wh, about 1.0 g CO₂"
    assert dialog.unmeasured.text().startswith("For 1 of 2 pictures. The energy of 1 isn't known")
    (day,) = lines(dialog.totals)
    assert day[1:] == ["1 of 2", "2.00 Wh", "1.0 g"]
    dialog.by.button(EnergyBy.MODEL).click()
    assert lines(dialog.totals) == [["tiny", "1 of 2", "2.00 Wh", "1.0 g"]]


async def test_the_grid_is_kept_and_comes_back_with_a_double_click(
    qasync_loop: QEventLoop, dialog: EnergyDialog, session: Session
) -> None:
    spin = dialog.grid._spin
    spin.setFocus()
    spin.selectAll()
    QTest.keyClicks(spin, "56")
    QTest.keyClick(spin, Qt.Key.Key_Return)
    assert session.models.marks.wishes.grid_g_per_kwh == 56
    QTest.mouseDClick(dialog.grid._slider, Qt.MouseButton.LeftButton)
    assert session.models.marks.wishes.grid_g_per_kwh == 473
    assert "Ember" in dialog._source.text()


async def test_totals_are_written_as_csv(
    qasync_loop: QEventLoop, dialog: EnergyDialog, session: Session, tmp_path: Path
) -> None:
    notices: list[Notice] = []
    session.messages.notice.connect(notices.append)
    session.energy_use.refresh()
    await until(lambda: dialog.export.isEnabled())
    dialog.show()
    dialog.export.click()
    (chooser,) = dialog.findChildren(QFileDialog)
    chooser.fileSelected.emit(str(tmp_path / "energy.csv"))
    chooser.close()
    await until(lambda: notices)
    assert notices[0].sentence == "The energy of your pictures is in “energy.csv”."
    with (tmp_path / "energy.csv").open(newline="") as file:
        assert next(csv.reader(file))[0] == "by"
    session.energy_use.export(tmp_path / "nowhere" / "energy.csv")
    await until(lambda: len(notices) == 2)
    assert notices[1].is_error


def test_numbers_are_for_people() -> None:
    total = EnergyTotal("", 1200, 1200, 3.6e6, 1500.0)
    assert whole_in_words(total) == "1.00 kWh, about 1.50 kg CO₂"
    assert unmeasured_in_words(total) == "For 1,200 pictures."
    unknown = unmeasured_in_words(replace(total, measured=0, pictures=1))
    assert unknown.startswith("The energy of 1 picture isn't known.")
    assert cells(replace(total, measured=0)) == ("1,200", "not measured", "")
    assert co2_in_words(0.04) == "0.0 g"
