"""The little English that captions need: articles, plurals, what can be counted."""

from __future__ import annotations

# Words for stuff rather than for things: "bread", never "a bread" or "two breads".
STUFF = frozenset(
    {"bread", "cheese", "chocolate", "honey", "milk", "beer", "wine", "coffee", "popcorn", "corn"}
    | {"sushi", "spaghetti", "pasta", "fire", "lightning", "money", "broccoli", "earth", "saturn"}
)
SAME_IN_PLURAL = frozenset({"sheep", "deer", "fish", "tropical fish", "pufferfish"})
IN_S_BUT_ONE = ("ss", "us")  # glass, bus, octopus, cactus


def is_plural(word: str) -> bool:
    """Whether the word names several things or a pair: grapes, glasses, not "face with glasses"."""
    return word.endswith("s") and not word.endswith(IN_S_BUT_ONE) and " with " not in word


def countable(word: str) -> bool:
    """Whether "two" fits before the word's plural: plain single words for single things."""
    return not (" " in word or word in STUFF or is_plural(word))


def plural(word: str) -> str:
    """More than one of a countable thing, by the common rules of spelling."""
    if word in SAME_IN_PLURAL:
        return word
    if word.endswith(("wolf", "leaf", "scarf")):
        return word[:-1] + "ves"
    if word.endswith("y") and word[-2] not in "aeiou":
        return word[:-1] + "ies"
    return word + ("es" if word.endswith(("s", "x", "ch", "sh")) else "s")


def with_article(phrase: str, noun: str) -> str:
    """`phrase`, which ends in `noun`, with "a" or "an" where English wants one."""
    if noun in STUFF or is_plural(noun):
        return phrase
    vowel = phrase[0] in "aeiou" and not phrase.startswith(("uni", "ufo"))
    return f"an {phrase}" if vowel else f"a {phrase}"
