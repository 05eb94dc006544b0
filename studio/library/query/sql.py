"""What the parts of a query mean in the history's tables.

Words become one expression of the full-text index, in which each stands between quotation marks,
so nothing that a person types is syntax there. Names are compared by the function `folded`, which
`database.connect` lends to SQLite, once for each name and not for each picture.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Final

from studio.library.query.condition import EVERYTHING, Condition
from studio.library.query.fields import Field
from studio.library.query.parts import Filter, Part, Word
from studio.library.query.values import (
    Aspect,
    Choice,
    Days,
    Name,
    Range,
    Shape,
    Sides,
    Unfinished,
)
from studio.library.query.words import folded, words_of

_NUMBERS: Final[Mapping[Field, str]] = {
    Field.SEED: "pictures.seed",
    Field.STEPS: "pictures.steps",
    Field.GUIDANCE: "pictures.guidance_scale",
    Field.RATING: "pictures.rating",
}
_NAMES: Final[Mapping[Field, str]] = {
    Field.MODEL: "model",
    Field.SCHEDULER: "sampler",
    Field.PROJECT: "project",
}
_SHAPES: Final[Mapping[Shape, str]] = {
    Shape.LANDSCAPE: "pictures.width > pictures.height",
    Shape.PORTRAIT: "pictures.width < pictures.height",
    Shape.SQUARE: "pictures.width = pictures.height",
}
_ASPECTS: Final[Mapping[Aspect, str]] = {
    Aspect.MASK: "pictures.has_mask",
    Aspect.STEPS: "pictures.id IN (SELECT id FROM pictures WHERE has_steps)",
    Aspect.PARENT: "pictures.id IN (SELECT picture_id FROM parents)",
    Aspect.CHILDREN: (
        "(pictures.pixel_digest IN (SELECT digest FROM parents WHERE role <> 'branch')"
        " OR pictures.request_digest IN (SELECT digest FROM parents WHERE role = 'branch'))"
    ),
    Aspect.TAGS: "pictures.id IN (SELECT picture_id FROM tags)",
    Aspect.SETTINGS: (
        "pictures.id NOT IN (SELECT id FROM pictures WHERE present AND operation = 'import'"
        " AND prompt = '' AND model = '' AND seed IS NULL)"
    ),
}
_CHILDREN: Final = (
    "pictures.id IN (SELECT parents.picture_id FROM pictures AS parent JOIN parents"
    " ON parents.digest = parent.pixel_digest AND parents.role <> 'branch' WHERE {parent}"
    " UNION SELECT parents.picture_id FROM pictures AS parent JOIN parents"
    " ON parents.digest = parent.request_digest AND parents.role = 'branch' WHERE {parent})"
)
# From each name straight to the next one in the index: as many steps as there are names.
_EACH_NAME: Final = (
    "WITH RECURSIVE names(name) AS (SELECT min({column}) FROM {table} WHERE {rows} UNION ALL"
    " SELECT (SELECT min({column}) FROM {table} WHERE {rows} AND {column} > name)"
    " FROM names WHERE name IS NOT NULL) SELECT name FROM names WHERE name IS NOT NULL AND {test}"
)


def condition_of(groups: Sequence[Sequence[Part]], today: date) -> Condition:
    """Of every group at least one part holds; what is unfinished stands for nothing yet."""
    words, banned, conditions = [], [], []
    for group in groups:
        match [part for part in group if not isinstance(part, Filter) or part.is_finished]:
            case []:
                pass
            case [Word(negated=True) as word]:
                banned.append(word)
            case [Filter(negated=False) as part]:
                conditions.append(_of_filter(part, today))
            case parts if all(isinstance(part, Word) and not part.negated for part in parts):
                words.append(_any_word(parts))
            case [part]:
                conditions.append(_outside(_rows_of(part, today)))
            case parts:
                conditions.append(_inside([_signed_rows_of(part, today) for part in parts]))
    # One look into the full-text index for all that must be there, one for all that mustn't.
    if words:
        conditions.append(_inside([_matching(" AND ".join(words))]))
    if banned:
        conditions.append(_outside(_matching(_any_word(banned))))
    return _all(conditions) if conditions else EVERYTHING


def _signed_rows_of(part: Part, today: date) -> Condition:
    rows = _rows_of(part, today)
    return _chosen(_outside(rows)) if part.negated else rows


def _rows_of(part: Part, today: date) -> Condition:
    """The rows of which a part is true, whatever its sign, as a statement that gives numbers."""
    if isinstance(part, Filter):
        return _chosen(_of_filter(part, today))
    return _matching(_any_word([part]))


def _matching(expression: str) -> Condition:
    return Condition("SELECT rowid FROM words WHERE words MATCH ?", (expression,))


def _chosen(condition: Condition) -> Condition:
    # The index of a column has the numbers, too: no row needs to be read.
    sql = f"SELECT pictures.id FROM pictures WHERE pictures.present AND {condition.sql}"  # noqa: S608
    return Condition(sql, condition.values)


def _inside(statements: Sequence[Condition]) -> Condition:
    # With its “+” SQLite goes through the pictures from the newest on, so that the first page needs
    # no sorting, and looks each up in the list: it can't know how long that is.
    sql = " UNION ALL ".join(statement.sql for statement in statements)
    return Condition(f"+pictures.id IN ({sql})", _values(statements))


def _outside(statement: Condition) -> Condition:
    return Condition(f"+pictures.id NOT IN ({statement.sql})", statement.values)


def _any_word(parts: Sequence[Part]) -> str:
    """In the language of the full-text index: one of these words or phrases is there."""
    texts = []
    for part in parts:
        if isinstance(part, Word):
            phrase = f'"{" ".join(words_of(part.text))}"'
            texts.append(phrase if part.exact else f"{phrase} *")
    return f"({' OR '.join(texts)})"


def _of_filter(part: Filter, today: date) -> Condition:
    match part.test:
        case Name():
            return _of_name(part.field, part.test)
        case Choice():
            return _of_choice(part.field, part.test)
        case Range() if part.field is Field.PARENT:
            parent = _in_range("parent.id", part.test)
            return Condition(_CHILDREN.format(parent=parent.sql), parent.values * 2)
        case Range():
            column = _NUMBERS[part.field]
            # An index gives a range in the order of its numbers: to sort a wide one by age takes
            # longer than to go from the newest on until the page is full.
            is_sorted = part.field is Field.RATING or part.test.low == part.test.high
            return _in_range(column if is_sorted else f"+{column}", part.test)
        case Shape():
            return Condition(_SHAPES[part.test])
        case Sides():
            return _of_sides(part.test)
        case Days():
            first, last = part.test.between(today)
            return Condition("pictures.day BETWEEN ? AND ?", (_number(first), _number(last)))
        case Unfinished():
            return EVERYTHING


def _of_name(field: Field, name: Name) -> Condition:
    if field is Field.BATCH:
        if name.exact:
            return Condition("pictures.batch = ?", (name.text,))
        return Condition("pictures.batch BETWEEN ? AND ?", (name.text, f"{name.text}\U0010ffff"))
    test = "folded(name) = ?" if name.exact else "instr(folded(name), ?)"
    values = (folded(name.text),)
    match field:
        case Field.TAG | Field.LORA:
            table, column = ("tags", "tag") if field is Field.TAG else ("loras", "name")
            names = _EACH_NAME.format(column=column, table=table, rows="1", test=test)
            tagged = f"SELECT picture_id FROM {table} WHERE {column} IN ({names})"  # noqa: S608
            return Condition(f"pictures.id IN ({tagged})", values)
        case Field.IN:
            chosen = f"SELECT id FROM collections WHERE {test}"  # noqa: S608
            members = f"SELECT picture_id FROM members WHERE collection_id IN ({chosen})"  # noqa: S608
            return Condition(f"pictures.id IN ({members})", values)
        case _:
            column = _NAMES[field]
            names = _EACH_NAME.format(column=column, table="pictures", rows="present", test=test)
            return Condition(f"pictures.{column} IN ({names})", values)


def _of_choice(field: Field, choice: Choice) -> Condition:
    if field is Field.HAS:
        aspects = [_ASPECTS[Aspect(word)] for word in choice.words]
        return Condition(f"({' OR '.join(aspects)})")
    marks = ", ".join("?" * len(choice.words))
    return Condition(f"pictures.operation IN ({marks})", choice.words)


def _of_sides(sides: Sides) -> Condition:
    if sides.longest is not None:
        return _in_range("max(pictures.width, pictures.height)", sides.longest)
    return _all(
        [
            _in_range(column, side)
            for column, side in (("pictures.width", sides.width), ("pictures.height", sides.height))
            if side is not None
        ],
    )


def _in_range(column: str, numbers: Range) -> Condition:
    if numbers.low is not None and numbers.low == numbers.high:
        return Condition(f"{column} = ?", (numbers.low,))
    tests, values = [], []
    for end, sign in (
        (numbers.low, ">" if numbers.without_low else ">="),
        (numbers.high, "<" if numbers.without_high else "<="),
    ):
        if end is not None:
            tests.append(f"{column} {sign} ?")
            values.append(end)
    return Condition(f"({' AND '.join(tests)})", tuple(values))


def _all(conditions: Sequence[Condition]) -> Condition:
    if len(conditions) == 1:
        return conditions[0]
    sql = " AND ".join(condition.sql for condition in conditions)
    return Condition(f"({sql})", _values(conditions))


def _values(conditions: Sequence[Condition]) -> tuple[str | int | float, ...]:
    return tuple(value for condition in conditions for value in condition.values)


def _number(day: date) -> int:
    return day.year * 10_000 + day.month * 100 + day.day
