"""The language of the search field, read so that any text at all means something.

    query   =  group*                          all of them hold
    group   =  part (("|" | "OR") part)*       at least one holds
    part    =  "-"* (word | phrase | field ":" value)

A word is found at the beginning of words, a phrase in “"” as it stands. Inside quotation marks two
of them mean one. What isn't finished passes everything, what can't be read as a field is a word,
and what has neither letter nor digit is passed over.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import date
from itertools import islice
from typing import Final

from studio.library.query.condition import Condition
from studio.library.query.fields import ALIASES, Field, find_field, read_value
from studio.library.query.parts import Filter, Part, Word
from studio.library.query.sql import condition_of
from studio.library.query.words import words_of

MAX_PARTS: Final = 200
"""Of more parts than these, signs between them included, the rest is passed over."""

_HALVES: Final = re.compile("[\ud800-\udfff]")
_NAMES: Final = "|".join([*Field, *ALIASES])
_SCANNER: Final = re.compile(
    rf"""(?P<bar>\||OR(?=[\s|"]|$))
    | (?P<sign>-*+)
      (?: (?P<name>(?ai:{_NAMES})): (?: "(?P<value>(?:[^"]|"")*+)"? | (?P<bare_value>[^\s|"]*) )
        | "(?P<phrase>(?:[^"]|"")*+)"?
        | (?P<word>[^\s|"]++)
      )?""",
    re.VERBOSE,
)


@dataclass(frozen=True, slots=True)
class Query:
    """What was typed: of every group at least one part holds. `str` writes it in one way."""

    groups: tuple[tuple[Part, ...], ...] = ()

    def __str__(self) -> str:
        return " ".join(" | ".join(map(str, group)) for group in self.groups)

    @property
    def parts(self) -> tuple[Part, ...]:
        """All parts, as they stand in the text."""
        return tuple(part for group in self.groups for part in group)

    def condition(self, today: date | None = None) -> Condition:
        """Which rows are meant; `today` (by default it is) decides about days such as “week”."""
        return condition_of(self.groups, today or date.today())

    def part_at(self, place: int) -> Part | None:
        """The part that a cursor between two characters of the text is in, or at the end of."""
        return next((part for part in self.parts if part.start <= place <= part.end), None)


def parse(text: str) -> Query:
    """Read a query. Never raises, and takes time linear in the text's length."""
    # One character for one: places stay, and SQLite takes no halves.
    text = _HALVES.sub("\ufffd", text)
    groups: list[tuple[Part, ...]] = []
    joins = False
    for part in islice(_parts(text), MAX_PARTS):
        if part is None:
            joins = bool(groups)
            continue
        if joins:
            groups[-1] = (*groups[-1], part)
        else:
            groups.append((part,))
        joins = False
    return Query(tuple(groups))


def _parts(text: str) -> Iterator[Part | None]:
    """The parts in their order, with None for each “|”."""
    for found in _SCANNER.finditer(text):
        if found["bar"]:
            yield None
        elif found["name"]:
            yield from _filter(found)
        else:
            phrase = found["phrase"]
            content = (found["word"] or "") if phrase is None else phrase.replace('""', '"')
            yield from _word(content, found, exact=phrase is not None)


def _filter(found: re.Match[str]) -> Iterator[Part]:
    name, quoted = find_field(found["name"]), found["value"]
    assert name is not None  # noqa: S101 - the scanner knows no others
    exact = quoted is not None
    text = found["bare_value"] if quoted is None else quoted.replace('""', '"')
    test = read_value(name, text, exact)
    if test is None:
        yield from _word(f"{found['name']}:{text}", found, exact=exact)
    else:
        negated, value_start = bool(found["sign"]), found.start("value") - 1
        if quoted is None:
            value_start = found.start("bare_value")
        yield Filter(name, text, test, exact, negated, found.start(), value_start, found.end())


def _word(text: str, found: re.Match[str], *, exact: bool) -> Iterator[Part]:
    if words_of(text):
        yield Word(text, exact, bool(found["sign"]), found.start(), found.end())
