"""Which rows of the history are meant, in SQL."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final


@dataclass(frozen=True, slots=True)
class Condition:
    """An expression about one row of the table `pictures`, and the values of its question marks.

    It names columns with their table (`pictures.rating`), so it stands in any statement that reads
    from `pictures` under that name. Nothing that a person typed is in `sql`; all of it is in
    `values`.
    """

    sql: str
    values: tuple[str | int | float, ...] = ()


EVERYTHING: Final = Condition("1")
