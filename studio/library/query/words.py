"""The words of a text as the full-text index knows them, in every script.

The index is `words`, an FTS5 table whose rows hold what `searchable` gives:

    CREATE VIRTUAL TABLE words USING fts5(
        prompt, title, tags, tokenize = 'ascii', prefix = '1 2 3'
    )

Folding here and not in SQLite's own tokenizer makes both sides of a search agree on everything,
whatever Unicode SQLite was built for; its `ascii` tokenizer then splits at the spaces, and nowhere
else. Scripts that are written without spaces have each character as a word of its own, so a phrase
finds them anywhere.
"""

from __future__ import annotations

import re
import unicodedata
from typing import Final

_ASCII: Final = re.compile(r"[a-z0-9]+")
# The blocks of scripts that don't put spaces between words: Thai, Lao, Tibetan, Myanmar, Khmer,
# Japanese and Chinese.
_SPACELESS: Final = re.compile(
    "[\u0e00-\u0fff\u1000-\u109f\u1780-\u17ff\u3040-\u30ff\u31f0-\u31ff\u3400-\u4dbf\u4e00-\u9fff"
    "\uf900-\ufaff\U00020000-\U0003ffff]"
)
_ACCENTS: Final = re.compile("[\u0300-\u036f\ufe00-\ufe0f]")


def words_of(text: str) -> list[str]:
    """The words in their order, folded: small letters, no accents, full width as half width.

    Every letter, digit and pictograph (an emoji is a word) counts; all else separates. Takes time
    linear in the text's length.
    """
    if text.isascii():
        return _ASCII.findall(text.lower())
    text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
    return "".join(map(_spaced, _ACCENTS.sub("", text))).split()


def searchable(text: str) -> str:
    """`text` as it stands in a row of the index."""
    return " ".join(words_of(text))


def _spaced(char: str) -> str:
    """A character of a word, one that is a word by itself, or a space."""
    if char.isascii():
        return char if char.isalnum() else " "
    category = unicodedata.category(char)
    if category == "So" or (_SPACELESS.match(char) and category[0] in "LMN"):
        return f" {char} "
    return char if category[0] in "LMN" else " "


def folded(text: str) -> str:
    """A name without what nobody tells names apart by: capitals, accents, width, several spaces."""
    if not text.isascii():
        text = unicodedata.normalize("NFKD", unicodedata.normalize("NFKD", text).casefold())
        text = _ACCENTS.sub("", text)
    return " ".join(text.lower().split())
