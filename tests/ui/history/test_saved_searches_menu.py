"""Searches kept by name: saved, run, renamed, forgotten."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from PySide6.QtGui import QAction
from PySide6.QtWidgets import QInputDialog, QMenu, QPushButton
from pytestqt.qtbot import QtBot
from qasync import QEventLoop

from studio.ui.history.saved_searches_menu import SavedSearchesMenu
from studio.ui.session import Session
from tests.support.sessions import until


@pytest.fixture
def ran() -> list[str]:
    return []


@pytest.fixture
def menu(
    session: Session, qtbot: QtBot, qasync_loop: QEventLoop, ran: list[str]
) -> Iterator[SavedSearchesMenu]:
    button = QPushButton("Saved")
    qtbot.addWidget(button)
    button.show()
    yield SavedSearchesMenu(session, ran.append, button)


def saved(session: Session) -> list[tuple[str, str]]:
    return [(search.name, search.text) for search in session.library.searches.all()]


def answer(monkeypatch: pytest.MonkeyPatch, name: str, *, is_meant: bool = True) -> None:
    monkeypatch.setattr(QInputDialog, "getText", lambda *_: (name, is_meant))


def entry(menu: QMenu, text: str) -> QAction:
    (found,) = [action for action in menu.actions() if action.text() == text]
    return found


def inside(menu: QMenu, title: str) -> QMenu:
    (found,) = [each for each in menu.findChildren(QMenu) if each.title() == title]
    return found


async def opened(menu: SavedSearchesMenu) -> SavedSearchesMenu:
    menu.open_below(menu.parentWidget())
    await until(menu.isVisible)
    menu.close()
    return menu


async def test_from_a_search_to_its_name_and_back(
    menu: SavedSearchesMenu, session: Session, ran: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert not entry(await opened(menu), "Save this search…").isEnabled(), "there is none"
    session.gallery.text = "tag:sky rating:>3"
    answer(monkeypatch, "Good & blue")
    entry(await opened(menu), "Save this search…").trigger()
    await until(lambda: saved(session) == [("Good & blue", "tag:sky rating:>3")])
    entry(await opened(menu), "Good && blue").trigger()
    assert ran == ["tag:sky rating:>3"]

    answer(monkeypatch, "Blue")
    entry(inside(await opened(menu), "Rename"), "Good && blue").trigger()
    await until(lambda: saved(session) == [("Blue", "tag:sky rating:>3")])
    entry(inside(await opened(menu), "Forget"), "Blue").trigger()
    await until(lambda: saved(session) == [])


async def test_a_name_that_is_not_meant_saves_nothing(
    menu: SavedSearchesMenu, session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    session.gallery.text = "owl"
    for name, is_meant in (("Owls", False), ("   ", True)):
        answer(monkeypatch, name, is_meant=is_meant)
        entry(await opened(menu), "Save this search…").trigger()
    await opened(menu)
    assert saved(session) == []
