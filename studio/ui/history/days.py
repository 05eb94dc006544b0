"""The artist's days: which one a picture belongs to and what it is called."""

from __future__ import annotations

from datetime import date, timedelta

from PySide6.QtCore import QDate, QLocale

from studio.library import Picture


def day_of(picture: Picture) -> date:
    """The day, in local time, on which a picture was made."""
    return picture.created.astimezone().date()


def date_of(day: int) -> date:
    """The day that the library writes as yyyymmdd."""
    return date(day // 10_000, day // 100 % 100, day % 100)


def day_name(day: date, today: date | None = None) -> str:
    """Today, Yesterday, Friday 20 November, or with the year when it isn't this one."""
    today = today or date.today()
    if day == today:
        return "Today"
    if day == today - timedelta(days=1):
        return "Yesterday"
    pattern = "dddd d MMMM" if day.year == today.year else "d MMMM yyyy"
    # The studio speaks English, whatever the desktop's language is.
    english = QLocale(QLocale.Language.English)
    return english.toString(QDate(day.year, day.month, day.day), pattern)
