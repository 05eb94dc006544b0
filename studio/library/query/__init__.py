"""What the artist types to find pictures, and what it means in SQL."""

from studio.library.query.completion import Completion, complete
from studio.library.query.condition import EVERYTHING, Condition
from studio.library.query.fields import HINTS, Field
from studio.library.query.grammar import Query, parse
from studio.library.query.parts import Filter, Part, Word

__all__ = [
    "EVERYTHING",
    "HINTS",
    "Completion",
    "Condition",
    "Field",
    "Filter",
    "Part",
    "Query",
    "Word",
    "complete",
    "parse",
]
