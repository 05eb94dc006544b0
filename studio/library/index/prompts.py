"""The prompts that were used, apart from the pictures that came of them."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Final

from studio.library.index.connections import Connections
from studio.library.index.rows import microseconds
from studio.library.query.words import words_of
from studio.library.settings import clean_text

MAX_PROMPTS: Final = 5_000
_MAX_CHARS: Final = 20_000


class PromptHistory:
    """Blocking, and safe to use from any thread. Every method may raise StorageError."""

    def __init__(self, connections: Connections) -> None:
        self._connections = connections

    def recent(self, words: str = "", limit: int = 200) -> list[str]:
        """Newest first, each once; those that hold all of `words`, or words that begin so."""
        wanted = words_of(words)
        found = self._connections.rows(
            "SELECT prompt FROM prompts GROUP BY prompt ORDER BY max(used_us) DESC, max(id) DESC"
        )
        prompts = (prompt for (prompt,) in found)
        chosen = [prompt for prompt in prompts if _holds(prompt, wanted)]
        return chosen[:limit]

    def remember(self, prompt: str, negative_prompt: str = "") -> None:
        """Note that a prompt was used just now; the oldest of very many is forgotten."""
        pair = clean_text(prompt, _MAX_CHARS), clean_text(negative_prompt, _MAX_CHARS)
        if not pair[0]:
            return
        with self._connections.writing() as connection:
            connection.execute(
                "INSERT INTO prompts (prompt, negative_prompt, used_us) VALUES (?, ?, ?)"
                " ON CONFLICT DO UPDATE SET used_us = excluded.used_us",
                (*pair, microseconds(datetime.now(UTC))),
            )
            connection.execute(
                "DELETE FROM prompts WHERE id IN"
                " (SELECT id FROM prompts ORDER BY used_us DESC LIMIT -1 OFFSET ?)",
                (MAX_PROMPTS,),
            )


def _holds(prompt: str, wanted: list[str]) -> bool:
    words = words_of(prompt) if wanted else []
    return all(any(word.startswith(want) for word in words) for want in wanted)
