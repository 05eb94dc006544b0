"""Which day a picture belongs to and what the day is called."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest
from PySide6.QtCore import QLocale

from studio.ui.history.days import day_name, day_of
from tests.support.samples import a_picture

TODAY = date(2026, 11, 21)


@pytest.mark.parametrize(
    ("day", "name"),
    [
        (TODAY, "Today"),
        (date(2026, 11, 20), "Yesterday"),
        (date(2026, 11, 19), "Thursday 19 November"),
        (date(2026, 1, 2), "Friday 2 January"),
        (date(2025, 12, 31), "31 December 2025"),
        (date(2026, 11, 22), "Sunday 22 November"),
    ],
)
def test_names(day: date, name: str) -> None:
    assert day_name(day, TODAY) == name


def test_names_are_english_on_any_desktop() -> None:
    before = QLocale()
    QLocale.setDefault(QLocale(QLocale.Language.German))
    try:
        assert day_name(date(2026, 10, 1), TODAY) == "Thursday 1 October"
    finally:
        QLocale.setDefault(before)


def test_the_day_is_the_artists_own() -> None:
    now = datetime.now().astimezone()
    last_moment = now.replace(hour=23, minute=59, second=59)
    for moment in (last_moment, last_moment + timedelta(seconds=1)):
        made = a_picture()
        picture = replace(made, record=replace(made.record, created=moment.astimezone(UTC)))
        assert day_of(picture) == moment.date()
