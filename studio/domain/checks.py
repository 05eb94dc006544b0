"""Checks that several of the domain's values share; each says in one sentence what is wrong."""

from __future__ import annotations

from studio.domain.errors import RequestError


def check_whole(name: str, value: object, low: int, high: int) -> None:
    """Refuse what isn't a whole number from `low` to `high`; `name` is for people.

    Raises:
        RequestError: it isn't.
    """
    if isinstance(value, bool) or not isinstance(value, int) or not low <= value <= high:
        raise RequestError(
            f"The {name} must be a whole number from {low} to {high}, not {shown(value)}."
        )


def shown(value: object) -> str:
    """`value` as it may stand in a sentence: short."""
    try:
        text = str(value)
    except ValueError:  # Python doesn't write out very long integers
        return "that"
    return text if len(text) <= 40 else f"{text[:40]}…"
