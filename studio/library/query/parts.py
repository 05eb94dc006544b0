"""The parts of a query: words, and fields with a value. Each knows its place in the text."""

from __future__ import annotations

from dataclasses import dataclass
from dataclasses import field as dataclass_field

from studio.library.query.fields import Field
from studio.library.query.values import Test, Unfinished


@dataclass(frozen=True, slots=True)
class Word:
    """A word, found wherever one begins with it; `exact`: whole words, in this order.

    `start` and `end` are its place in the text, its sign and quotation marks included.
    """

    text: str
    exact: bool = False
    negated: bool = False
    start: int = dataclass_field(default=0, compare=False)
    end: int = dataclass_field(default=0, compare=False)

    def __str__(self) -> str:
        return _signed(self.negated) + (_quoted(self.text) if self.exact else self.text)


@dataclass(frozen=True, slots=True)
class Filter:
    """A field and what its value must be. `text` is the value as typed, without quotation marks.

    `value_start` is where the value begins, its quotation mark included.
    """

    field: Field
    text: str
    test: Test
    exact: bool = False
    negated: bool = False
    start: int = dataclass_field(default=0, compare=False)
    value_start: int = dataclass_field(default=0, compare=False)
    end: int = dataclass_field(default=0, compare=False)

    @property
    def is_finished(self) -> bool:
        """Whether there is a value to test by."""
        return not isinstance(self.test, Unfinished)

    def __str__(self) -> str:
        value = _quoted(self.text) if self.exact else self.text
        return f"{_signed(self.negated)}{self.field}:{value}"


Part = Word | Filter


def _signed(negated: bool) -> str:
    return "-" if negated else ""


def _quoted(text: str) -> str:
    return '"' + text.replace('"', '""') + '"'
