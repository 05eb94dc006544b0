"""Checks that several of the domain's values share; each says in one sentence what is wrong."""

from __future__ import annotations

from enum import StrEnum
from typing import Final

from studio.domain.errors import RequestError

MAX_NAME_CHARS: Final = 300


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Refuse what isn't a whole number from `low` to `high`; `name` is for people.

    Raises:
        RequestError: it isn't.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError(
            f"The {name} must be a whole number from {low} to {high}, not {shown(value)}."
        )


def check_number(name: str, value: object, low: float, high: float) -> float:
    """Refuse what isn't a number from `low` to `high`; `name` is for people.

    Returns:
        It as a float and without a minus before zero: what is equal has the same digest.

    Raises:
        RequestError: it isn't.
    """
    # NaN is in no range; an integer too large for a float is compared as it is.
    if isinstance(value, int | float) and not isinstance(value, bool) and low <= value <= high:
        return float(value) + 0.0
    raise RequestError(f"The {name} must be a number from {low:g} to {high:g}, not {shown(value)}.")


def set_choice(record: object, field: str, choices: type[StrEnum]) -> None:
    """Make a frozen record's field one of `choices`, which it may name by text.

    Raises:
        RequestError: it is none of them.
    """
    value = getattr(record, field)
    try:
        object.__setattr__(record, field, choices(value))
    except ValueError:
        known = ", ".join(choices)
        raise RequestError(
            f"There is no {field} named “{shown(value)}”.", f"Choose one of: {known}."
        ) from None


def check_name(what: str, value: object) -> None:
    """Refuse what can't be the name of a file in the catalog; `what` it names is for people.

    Raises:
        RequestError: it can't.
    """
    if not isinstance(value, str) or not 0 < len(value) <= MAX_NAME_CHARS:
        raise RequestError(
            f"The {what} must be named by 1 to {MAX_NAME_CHARS} characters, not {shown(value)}."
        )
    try:
        value.encode()
    except UnicodeEncodeError:
        raise RequestError(f"The name of the {what} holds half a character.") from None


def shown(value: object) -> str:
    """`value` as it may stand in a sentence: short."""
    try:
        text = str(value)
    except ValueError:  # Python doesn't write out very long integers
        return "that"
    return text if len(text) <= 40 else f"{text[:40]}…"
