"""Prompts as people type them: a thing and its colour amid words that show nothing.

They must do no harm. The `USUAL` ones are typed most, and lessons may have had their words; what
the `UNKNOWN` ones add, no lesson has.
"""

from __future__ import annotations

from studio.training.english import plural, with_article
from studio.training.scenes import Placed

PLAIN = "{a_blue} {cat}"
USUAL = (
    "{a_blue} {cat}, highly detailed",
    "{a_blue} {cat}, masterpiece, best quality, 8k",
    "{a_blue} {cat}, 4k, trending on artstation",
    "photo of {a_blue} {cat}",
    "some {blue} {cats}",
    "the {blue} {cat}!!!",
    "{A_BLUE} {CAT}",
)
UNKNOWN = (
    "a quixotic {blue} {cat}",
    "{a_blue} quixotic {cat}",
    "{a_blue} {cat}, ultra-realistic, volumetric lighting, exquisite",
    "professional snapshot of {a_blue} {cat}, dslr, bokeh",
    "would somebody scribble {a_blue} {cat}",
    "a quixotic {blue} {cat}, luminous, 16k",
    "{Blue} {cat}. Amazing; (stunning:1.3)",
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
