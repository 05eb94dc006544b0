"""The fields that a search can name: what each is about, and how its value is read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from enum import StrEnum
from functools import partial
from typing import Final

from studio.domain.operation import Operation
from studio.library.query.values import (
    Aspect,
    Test,
    read_choice,
    read_days,
    read_name,
    read_number,
    read_size,
    read_whole,
)


class Field(StrEnum):
    MODEL = "model"
    LORA = "lora"
    SEED = "seed"
    SIZE = "size"
    STEPS = "steps"
    GUIDANCE = "guidance"
    SCHEDULER = "scheduler"
    RATING = "rating"
    DATE = "date"
    OPERATION = "operation"
    HAS = "has"
    PARENT = "parent"
    TAG = "tag"
    IN = "in"
    PROJECT = "project"
    BATCH = "batch"


HINTS: Final[Mapping[Field, str]] = {
    Field.MODEL: "which model drew it",
    Field.LORA: "a LoRA that took part",
    Field.SEED: "12345",
    Field.SIZE: "512x768, >1024, landscape",
    Field.STEPS: "20, >30, 10..20",
    Field.GUIDANCE: "7, 5..8",
    Field.SCHEDULER: "which scheduler or sampler",
    Field.RATING: "stars: 5, >3, 3..5, 0",
    Field.DATE: "today, week, 2026-11, >2026-01-01",
    Field.OPERATION: "how it came to be: text, inpaint, import…",
    Field.HAS: "mask, steps, parent, children, tags, settings",
    Field.PARENT: "made from the picture of this number",
    Field.TAG: "one of its tags",
    Field.IN: "the collection that it is in",
    Field.PROJECT: "the artwork that it was made for",
    Field.BATCH: "made together with others",
}
"""What to type after the colon, in a few words."""

ALIASES: Final[Mapping[str, Field]] = {
    "cfg": Field.GUIDANCE,
    "sampler": Field.SCHEDULER,
    "stars": Field.RATING,
    "op": Field.OPERATION,
    "collection": Field.IN,
    "board": Field.IN,
}
"""Other words for some fields."""

_BY_NAME: Final[Mapping[str, Field]] = {
    **{field.value: field for field in Field},
    **ALIASES,
}

NAMED: Final = frozenset(
    {Field.MODEL, Field.LORA, Field.SCHEDULER, Field.TAG, Field.IN, Field.PROJECT, Field.BATCH}
)
"""Fields whose values are names; one in quotation marks is the whole name."""

_READERS: Final[Mapping[Field, Callable[[str], Test | None]]] = {
    Field.SEED: read_whole,
    Field.SIZE: read_size,
    Field.STEPS: read_whole,
    Field.GUIDANCE: read_number,
    Field.RATING: read_whole,
    Field.DATE: read_days,
    Field.OPERATION: partial(read_choice, Operation),
    Field.HAS: partial(read_choice, Aspect),
    Field.PARENT: read_whole,
}


def find_field(name: str) -> Field | None:
    """The field of this name or other word, in small or capital letters."""
    return _BY_NAME.get(name.casefold())


def read_value(field: Field, text: str, exact: bool) -> Test | None:
    """What a value tests; None if it can't be read. `exact`: it stood in quotation marks."""
    return read_name(text, exact) if field in NAMED else _READERS[field](text)
