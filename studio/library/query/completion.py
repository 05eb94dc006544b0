"""What can come next where the cursor is: fields by name, and the values that the history holds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final, TypeAlias

from studio.library.query.fields import ALIASES, HINTS, NAMED, Field
from studio.library.query.grammar import parse
from studio.library.query.parts import Filter, Word
from studio.library.query.values import Aspect, Shape
from studio.library.query.words import folded

Rows: TypeAlias = Callable[[str, Sequence[str | int | float]], Sequence[Sequence[Any]]]
"""All rows of a statement of ours with these values, such as `Connections.rows`."""

_MOST: Final = 12
_OF_COLUMN: Final = (
    "SELECT {column}, count(*) FROM pictures WHERE present AND {column} <> ''"
    " GROUP BY {column} ORDER BY 2 DESC, 1 COLLATE NOCASE"
)
_COUNTED: Final[Mapping[Field, str]] = {
    Field.MODEL: _OF_COLUMN.format(column="model"),
    Field.SCHEDULER: _OF_COLUMN.format(column="sampler"),
    Field.PROJECT: _OF_COLUMN.format(column="project"),
    Field.OPERATION: _OF_COLUMN.format(column="operation"),
    Field.STEPS: _OF_COLUMN.format(column="steps"),
    Field.GUIDANCE: _OF_COLUMN.format(column="guidance_scale"),
    Field.SIZE: (
        "SELECT width || 'x' || height, count(*) FROM pictures WHERE present"
        " GROUP BY width, height ORDER BY 2 DESC, 1 COLLATE NOCASE"
    ),
    Field.LORA: "SELECT name, count(*) FROM loras GROUP BY name ORDER BY 2 DESC, 1 COLLATE NOCASE",
    Field.TAG: "SELECT tag, count(*) FROM tags GROUP BY tag ORDER BY 2 DESC, 1 COLLATE NOCASE",
    Field.IN: (
        "SELECT name, count(picture_id) FROM collections LEFT JOIN members ON collection_id = id"
        " GROUP BY id ORDER BY 2 DESC, 1 COLLATE NOCASE"
    ),
}
_FIXED: Final[Mapping[Field, tuple[str, ...]]] = {
    Field.RATING: ("5", ">=4", ">=3", ">0", "0"),
    Field.DATE: ("today", "yesterday", "week", "month"),
    Field.HAS: tuple(Aspect),
    Field.SIZE: tuple(Shape),
}


@dataclass(frozen=True, slots=True)
class Completion:
    """One of the things that may be meant: `insert` takes the place from `start` to `end`.

    `label` is for the list, `hint` says what it is, `count` how many pictures there are of a value.
    """

    label: str
    insert: str
    start: int
    end: int
    hint: str = ""
    count: int | None = None

    def applied_to(self, text: str) -> tuple[str, int]:
        """The text with it, and where the cursor then is: behind a space unless a value follows."""
        before, after = text[: self.start] + self.insert, text[self.end :]
        if self.insert.endswith(":"):
            return before + after, len(before)
        return f"{before} {after.removeprefix(' ')}", len(before) + 1


def complete(text: str, cursor: int, rows: Rows) -> list[Completion]:
    """What may be meant at the cursor, most used first; nothing inside of a phrase.

    Reads the index of a column as a whole: not for the thread of the window.
    """
    part = parse(text).part_at(cursor)
    match part:
        case Filter() if cursor >= part.value_start:
            typed = text[part.value_start : cursor].strip('"')
            return _values(part.field, typed, part.value_start, part.end, rows)
        case Word(exact=True):
            return []
        case Word() | Filter():
            start = part.start + (len(text[part.start :]) - len(text[part.start :].lstrip("-")))
            end = part.value_start if isinstance(part, Filter) else part.end
            return _names(text[start:cursor], start, end)
        case _:
            return _names("", cursor, cursor)


def _names(typed: str, start: int, end: int) -> list[Completion]:
    typed = typed.casefold()
    fields = [field for field in Field if field.startswith(typed)]
    others = [field for alias, field in ALIASES.items() if typed and alias.startswith(typed)]
    return [
        Completion(f"{field}:", f"{field}:", start, end, HINTS[field])
        for field in dict.fromkeys((*fields, *others))
    ]


def _values(field: Field, typed: str, start: int, end: int, rows: Rows) -> list[Completion]:
    statement = _COUNTED.get(field)
    counted = [] if statement is None else rows(statement, ())
    known: list[tuple[str, int | None]] = [(_written(value), count) for value, count in counted]
    known += [(value, None) for value in _FIXED.get(field, ())]
    wanted = folded(typed)
    found = [
        Completion(name, _quoted(name) if field in NAMED else name, start, end, count=count)
        for name, count in known
        if wanted in folded(name)
    ]
    # Of equally many the stable order stays: most used first, and what begins so before the rest.
    found.sort(key=lambda completion: not folded(completion.label).startswith(wanted))
    return found[:_MOST]


def _written(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _quoted(name: str) -> str:
    return '"' + name.replace('"', '""') + '"'
