"""Prompts as people type them: a thing that the model knows, amid words that it may not know.

Nearly all of them show nothing, or nothing that a drawing of 64 pixels could; they must do no harm.
"""

from __future__ import annotations

from studio.training.english import plural, with_article
from studio.training.scenes import Placed

PLAIN = "{a_blue} {cat}"
WORDINGS = (
    "{a_blue} {cat}, highly detailed",
    "{a_blue} {cat}, masterpiece, best quality, 8k",
    "{a_blue} {cat}, 4k, trending on artstation",
    "{a_blue} {cat}, ultra-realistic, volumetric lighting, award winning",
    "photo of {a_blue} {cat}",
    "professional photograph of {a_blue} {cat}, dslr, bokeh",
    "please make me {a_blue} {cat} thanks",
    "a quixotic {blue} {cat}",
    "{a_blue} quixotic {cat}",
    "a quixotic {blue} {cat}, trending, masterpiece 8k",
    "some {blue} {cats}",
    "the {blue} {cat}!!!",
    "{Blue} {cat}. Amazing; (stunning:1.3)",
    "{A_BLUE} {CAT}",
)


def in_words(thing: Placed, wording: str) -> str:
    """The wording with the thing and its colour in the place of “cat” and “blue”."""
    tint = thing.tint or ""
    article = with_article(tint, tint)
    return wording.format(
        a_blue=article,
        A_BLUE=article.upper(),
        blue=tint,
        Blue=tint.capitalize(),
        cat=thing.word,
        CAT=thing.word.upper(),
        cats=plural(thing.word),
    )
