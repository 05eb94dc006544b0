"""What the artist types to find pictures, and what it means in SQL."""

from studio.library.query.condition import EVERYTHING, Condition
from studio.library.query.words import searchable, words_of

__all__ = ["EVERYTHING", "Condition", "searchable", "words_of"]
