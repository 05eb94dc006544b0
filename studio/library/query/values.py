"""What stands after a field's colon: numbers, sizes, days and names, read without ever raising.

Each reader takes the text and returns a test, or None for what it can't read. `Unfinished` is what
somebody is still typing.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date, timedelta
from enum import StrEnum
from typing import Final

_COMPARED: Final = re.compile(r"(>=|<=|>|<|=)?(.*)", re.DOTALL)
_WHOLE: Final = re.compile(r"[0-9]{1,18}")
_NUMBER: Final = re.compile(r"[0-9]{1,12}(?:\.[0-9]{0,12})?")
_SIZE: Final = re.compile(r"([0-9]{1,6})?\s*[x×*]\s*([0-9]{1,6})?", re.IGNORECASE)
_DAY: Final = re.compile(r"([0-9]{4})(?:-([0-9]{1,2})(?:-([0-9]{1,2})?)?|-)?")
_LAST_DAYS: Final = {"today": (0, 0), "yesterday": (1, 1), "week": (6, 0), "month": (29, 0)}


class Shape(StrEnum):
    LANDSCAPE = "landscape"
    PORTRAIT = "portrait"
    SQUARE = "square"


class Aspect(StrEnum):
    """What a picture can have."""

    MASK = "mask"
    STEPS = "steps"
    PARENT = "parent"
    CHILDREN = "children"
    TAGS = "tags"
    SETTINGS = "settings"


@dataclass(frozen=True, slots=True)
class Unfinished:
    """Nothing yet that could be tested: every picture passes."""


@dataclass(frozen=True, slots=True)
class Name:
    """A name that contains `text`, or is exactly that, small and capital letters alike."""

    text: str
    exact: bool = False


@dataclass(frozen=True, slots=True)
class Choice:
    """One of these words of a closed list."""

    words: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Range:
    """From `low` to `high`, both included unless it says otherwise; None has no end there."""

    low: float | None
    high: float | None
    without_low: bool = False
    without_high: bool = False


@dataclass(frozen=True, slots=True)
class Sides:
    """Width and height, each in its range. With `longest` the longer side is in that range."""

    width: Range | None = None
    height: Range | None = None
    longest: Range | None = None


@dataclass(frozen=True, slots=True)
class Days:
    """From the first day of `low` to the last of `high`: years, months, days or words such as
    “today”, which mean another day tomorrow."""

    low: str
    high: str
    without_low: bool = False
    without_high: bool = False

    def between(self, today: date) -> tuple[date, date]:
        """The first and the last day."""
        first, last = date.min, date.max
        if self.low and (days := days_of(self.low, today)) is not None:
            first = _next(days[1]) if self.without_low else days[0]
        if self.high and (days := days_of(self.high, today)) is not None:
            last = _before(days[0]) if self.without_high else days[1]
        return first, last


Test = Unfinished | Name | Choice | Range | Shape | Sides | Days


def read_name(text: str, exact: bool) -> Test | None:
    text = " ".join(text.split())
    return Name(text, exact) if text else Unfinished()


def read_choice(words: type[StrEnum], text: str) -> Test | None:
    """The words that begin so."""
    if not text:
        return Unfinished()
    text = text.casefold()
    found = tuple(word.value for word in words if word.value.startswith(text))
    return Choice((text,) if text in found else found) if found else None


def read_whole(text: str) -> Test | None:
    """Whole numbers: “5”, “>5”, “<=5”, “3..5”, “3..”."""
    return _read_range(text, lambda part: int(part) if _WHOLE.fullmatch(part) else None)


def read_number(text: str) -> Test | None:
    """As `read_whole`, with fractions."""
    return _read_range(text, lambda part: float(part) if _NUMBER.fullmatch(part) else None)


def read_size(text: str) -> Test | None:
    """“512x768”, “512x”, “>1024” (the longer side), “512..1024”, “>=512x512”, “landscape”."""
    shape = read_choice(Shape, text)
    if isinstance(shape, Choice):
        return Shape(shape.words[0])
    compared = _COMPARED.fullmatch(text)
    if compared is not None and (sides := _SIZE.fullmatch(compared[2])) is not None:
        width, height = (
            None if side is None else _ranged(compared[1], int(side)) for side in sides.groups()
        )
        return Sides(width, height) if width or height else Unfinished()
    longest = read_whole(text)
    return Sides(longest=longest) if isinstance(longest, Range) else longest


def read_days(text: str) -> Test | None:
    """“2026-11-21”, “2026-11”, “2026”, “today”, “yesterday”, “week”, “month”, “>2026-01-01”,
    “2026-01..2026-03”."""
    text = text.casefold()
    compared = _COMPARED.fullmatch(text)
    sign, rest = (compared[1] or "", compared[2]) if compared is not None else ("", text)
    low, dots, high = rest.partition("..")
    if not low.strip(".") and not high:
        return Unfinished()
    ends = (low, high) if dots else (rest, rest)
    if any(end and days_of(end, date(2000, 6, 15)) is None for end in ends) or (dots and sign):
        return None
    match sign:
        case ">" | ">=":
            return Days(rest, "", without_low=sign == ">")
        case "<" | "<=":
            return Days("", rest, without_high=sign == "<")
        case _:
            return Days(*ends)


def days_of(text: str, today: date) -> tuple[date, date] | None:
    """The first and the last day of a year, a month, a day or a word; None for what is none."""
    for word, (longest_ago, ago) in _LAST_DAYS.items():
        if word.startswith(text):
            return today - timedelta(longest_ago), today - timedelta(ago)
    found = _DAY.fullmatch(text)
    if found is None:
        return None
    year, month, day = (None if part is None else int(part) for part in found.groups())
    try:
        first = date(year or 0, month or 1, day or 1)
        if day is not None:
            return first, first
        last_month = month or 12
        after = date(first.year + last_month // 12, last_month % 12 + 1, 1)
        return first, _before(after)
    except (ValueError, OverflowError):
        return None


def _read_range(text: str, number: Callable[[str], float | None]) -> Test | None:
    compared = _COMPARED.fullmatch(text)
    sign, rest = (compared[1], compared[2]) if compared is not None else (None, text)
    if not rest.strip("."):
        return Unfinished()
    low, dots, high = rest.partition("..")
    if not dots:
        value = number(rest)
        return None if value is None else _ranged(sign, value)
    ends = [number(end) if end else None for end in (low, high)]
    if sign or any(end and value is None for end, value in zip((low, high), ends, strict=True)):
        return None
    return Range(ends[0], ends[1])


def _ranged(sign: str | None, value: float) -> Range:
    match sign:
        case ">" | ">=":
            return Range(value, None, without_low=sign == ">")
        case "<" | "<=":
            return Range(None, value, without_high=sign == "<")
        case _:
            return Range(value, value)


def _next(day: date) -> date:
    return day if day == date.max else day + timedelta(1)


def _before(day: date) -> date:
    return day if day == date.min else day - timedelta(1)
