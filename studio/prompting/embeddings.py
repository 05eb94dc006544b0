"""Embeddings (textual inversion) that a prompt names: `embedding:name`, as ComfyUI writes it, or
the bare name of one that is there, as the A1111 web UI does."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from typing import Final

_NAMED: Final = r"embedding:([\w.+-]+)"


def embeddings_in(prompt: str, known: Iterable[str]) -> tuple[str, ...]:
    """The embeddings that `prompt` names, each once and in their order: those of `known`, whatever
    the case, and whatever else stands after `embedding:`, as it is written."""
    named: dict[str, None] = {}

    def note(name: str) -> str:
        named[name] = None
        return ""

    spell_embeddings(prompt, known, note)
    return tuple(named)


def spell_embeddings(prompt: str, known: Iterable[str], spell: Callable[[str], str]) -> str:
    """`prompt` with `spell(name)` in the place of each embedding that it names."""
    lower = prompt.lower()
    # Of thousands that may be there a prompt names few.
    present = {name.lower(): name for name in known if name.lower() in lower}
    if not present and "embedding:" not in lower:
        return prompt

    def spelled(found: re.Match[str]) -> str:
        name = next(group for group in found.groups() if group is not None)
        return spell(present.get(name.lower(), name))

    return _pattern(present).sub(spelled, prompt)


def _pattern(names: Iterable[str]) -> re.Pattern[str]:
    """Whole words only, the longest name first; a name within another word is none."""
    if not names:
        return re.compile(_NAMED, re.IGNORECASE)
    either = "|".join(map(re.escape, sorted(names, key=len, reverse=True)))
    known = rf"(?<![\w-])(?:embedding:)?({either})(?![\w-])"
    return re.compile(f"{known}|{_NAMED}", re.IGNORECASE)
