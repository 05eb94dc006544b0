"""The prompts that were generated with, apart from the pictures that came of them."""

from __future__ import annotations

from typing import ClassVar

from psygnal import Signal

from studio.domain.request import Request
from studio.library import Library
from studio.ui.session.background import Background
from studio.ui.session.jobs import Jobs


class Prompts:
    """Remembers the prompt of every job that draws.

    Signals:
        remembered(str): this prompt is the newest now.
    """

    remembered: ClassVar[Signal] = Signal(str)

    def __init__(self, jobs: Jobs, library: Library, background: Background) -> None:
        self._library = library
        self._background = background
        self._newest: tuple[str, str] | None = None
        jobs.asked.connect(self._on_asked)

    async def recent(self, words: str = "", limit: int = 200) -> list[str]:
        """The newest first, each once; those in which all of `words` occur.

        Raises:
            StorageError: the history can't be read.
        """
        return await self._library.prompts(words, limit)

    def _on_asked(self, request: Request) -> None:
        pair = request.prompt, request.negative_prompt
        # Several pictures of one prompt are several jobs.
        if request.prompt and request.task.needs_model and pair != self._newest:
            self._newest = pair
            self._background.complete(self._remember, *pair)

    async def _remember(self, prompt: str, negative_prompt: str) -> None:
        await self._library.remember_prompt(prompt, negative_prompt)
        self.remembered.emit(prompt)
