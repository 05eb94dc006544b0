"""The card that offers what wasn't saved."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from pytestqt.qtbot import QtBot

from studio.document import Document
from studio.document.journal import JournalFolder, Moment, left_behind
from studio.domain.geometry import Size
from studio.ui.recovery_card import RecoveryCard
from studio.ui.session import Offer, Session


def offers(folder: Path, *names: str) -> tuple[Offer, ...]:
    window = JournalFolder(folder)
    for name in names:
        journal = window.new()
        journal.write(Moment(Document.blank(Size(20, 10)).content, name))
        journal.close()
    window.close()
    [left] = left_behind(folder)
    picture = np.full((10, 20, 4), 200, np.uint8)
    return tuple(
        Offer(name, Size(20, 10), 1e9, picture, path, left)
        for name, path in zip(names, left.journals, strict=True)
    )


def show(session: Session, *shown: Offer) -> None:
    session.recovery.offers = shown
    session.recovery.changed.emit()


def test_it_offers_one_after_the_other_and_asks_for_nothing(
    session: Session, qtbot: QtBot, tmp_path: Path
) -> None:
    card = RecoveryCard(session)
    qtbot.addWidget(card)
    assert card.isHidden()
    one, other = offers(tmp_path / "left", "<b>moon</b>", "sun")
    show(session, one, other)
    assert not card.isHidden()
    assert not card.isModal()
    assert card._name.textFormat() is Qt.TextFormat.PlainText
    assert "<b>moon</b>" in card._name.text()
    assert "1 more" in card._told.text()
    assert not card._picture.pixmap().isNull()
    QTest.mouseClick(card._discard, Qt.MouseButton.LeftButton)
    assert not one.journal.exists()
    assert "sun" in card._name.text()
    QTest.mouseClick(card._later, Qt.MouseButton.LeftButton)
    assert card.isHidden()
    assert other.journal.exists()
