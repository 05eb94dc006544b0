"""What becomes of a text's words from one version to the next."""

from __future__ import annotations

import re
from bisect import bisect_left
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import SequenceMatcher
from enum import StrEnum
from typing import Final

_TOKEN: Final = re.compile(r"\s+|\d+(?:\.\d+)?|\w+(?:['’-]\w+)*|[^\w\s]")
# Of up to this many pairs of words difflib looks at every alignment.
_MOST_PAIRS: Final = 60_000


class Change(StrEnum):
    """What became of some words."""

    KEPT = "kept"
    REMOVED = "removed"
    ADDED = "added"


@dataclass(frozen=True, slots=True)
class Part:
    """Some words that follow one another, never none, and what became of them."""

    change: Change
    text: str


def word_difference(before: str, after: str) -> tuple[Part, ...]:
    """What is removed from `before` and added to it to make `after`, in whole words.

    What is kept and removed makes up `before`, what is kept and added `after`, to the last sign.
    What is removed stands before what is added in its place.

    Short texts are aligned by difflib. In long ones the words that are there once in both lead, as
    many as can be in one order (patience sorting, as Bram Cohen's diff does).
    """
    old, new = _TOKEN.findall(before), _TOKEN.findall(after)
    parts: list[Part] = []
    for removed, added, kept in _passages(old, new, _matches(old, new)):
        for change, text in (
            (Change.REMOVED, removed),
            (Change.ADDED, added),
            (Change.KEPT, kept),
        ):
            if text:
                parts.append(Part(change, text))
    return tuple(parts)


def _passages(
    old: Sequence[str], new: Sequence[str], matches: Iterable[tuple[int, int]]
) -> list[tuple[str, str, str]]:
    """What is removed, what is added for it, and what is kept after that, again and again."""
    passages: list[tuple[str, str, str]] = []
    i = j = 0
    for in_old, in_new in (*matches, (len(old), len(new))):
        removed, added = "".join(old[i:in_old]), "".join(new[j:in_new])
        kept = old[in_old] if in_old < len(old) else ""
        i, j = in_old + 1, in_new + 1
        if passages:
            was_removed, was_added, between = passages[-1]
            if not removed and not added:
                passages[-1] = was_removed, was_added, between + kept
                continue
            # Two words replaced side by side are one change: the space between is no word.
            if between.isspace() and was_removed and was_added and removed and added:
                passages[-1] = was_removed + between + removed, was_added + between + added, kept
                continue
        passages.append((removed, added, kept))
    return passages


def _matches(old: Sequence[str], new: Sequence[str]) -> list[tuple[int, int]]:
    """Where the words that are kept stand in both, in rising order."""
    matches: list[tuple[int, int]] = []
    gaps = [(0, len(old), 0, len(new))]
    while gaps:
        i, old_end, j, new_end = gaps.pop()
        while i < old_end and j < new_end and old[i] == new[j]:
            matches.append((i, j))
            i, j = i + 1, j + 1
        while i < old_end and j < new_end and old[old_end - 1] == new[new_end - 1]:
            old_end, new_end = old_end - 1, new_end - 1
            matches.append((old_end, new_end))
        if (old_end - i) * (new_end - j) <= _MOST_PAIRS:
            matcher = SequenceMatcher(None, old[i:old_end], new[j:new_end], autojunk=False)
            for block in matcher.get_matching_blocks():
                matches += [(i + block.a + n, j + block.b + n) for n in range(block.size)]
        elif anchors := _anchors(old, new, i, old_end, j, new_end):
            for in_old, in_new in anchors:
                gaps.append((i, in_old, j, in_new))
                i, j = in_old, in_new
            gaps.append((i, old_end, j, new_end))
    return sorted(matches)


def _anchors(
    old: Sequence[str], new: Sequence[str], i: int, old_end: int, j: int, new_end: int
) -> list[tuple[int, int]]:
    """Where the words stand that are there once in both, as many as can be in rising order."""
    once_in_old, once_in_new = _once(old, i, old_end), _once(new, j, new_end)
    both = once_in_old.keys() & once_in_new.keys()
    return _longest_rising(sorted((once_in_old[word], once_in_new[word]) for word in both))


def _once(words: Sequence[str], start: int, end: int) -> dict[str, int]:
    counts = Counter(words[start:end])
    return {words[place]: place for place in range(start, end) if counts[words[place]] == 1}


def _longest_rising(pairs: Sequence[tuple[int, int]]) -> list[tuple[int, int]]:
    """The longest part of `pairs`, which rise in their first, that rises in its second, too."""
    smallest: list[int] = []  # the least second at which a rising part of each length ends
    ends: list[int] = []  # which pair that is
    before: list[int] = []
    for index, (_, second) in enumerate(pairs):
        length = bisect_left(smallest, second)
        before.append(ends[length - 1] if length else -1)
        smallest[length : length + 1] = [second]
        ends[length : length + 1] = [index]
    rising: list[tuple[int, int]] = []
    index = ends[-1] if ends else -1
    while index >= 0:
        rising.append(pairs[index])
        index = before[index]
    return rising[::-1]
