"""The prompts that were generated with, apart from the pictures that came of them."""

from __future__ import annotations

from typing import ClassVar

from psygnal import Signal

from studio.engine import Engine
from studio.library import Library
from studio.ui.session.background import Background


class Prompts:
    """Remembers the prompt of every job that draws.

    Signals:
        remembered(str): this prompt is the newest now.
    """

    remembered: ClassVar[Signal] = Signal(str)

    def __init__(self, engine: Engine, library: Library, background: Background) -> None:
        self._engine = engine
        self._library = library
        self._background = background
        self._newest_job = 0
        self._newest: tuple[str, str] | None = None
        engine.queue_changed.connect(self._on_queue_changed)

    async def recent(self, words: str = "", limit: int = 200) -> list[str]:
        """The newest first, each once; those in which all of `words` occur.

        Raises:
            StorageError: the history can't be read.
        """
        return await self._library.prompts(words, limit)

    def _on_queue_changed(self) -> None:
        running = () if self._engine.running is None else (self._engine.running,)
        for job in (*running, *self._engine.waiting):
            if job.generation <= self._newest_job:
                continue
            self._newest_job = job.generation
            pair = job.request.prompt, job.request.negative_prompt
            # Several pictures of one prompt are several jobs.
            if pair[0] and job.request.task.needs_model and pair != self._newest:
                self._newest = pair
                self._background.complete(self._remember, *pair)

    async def _remember(self, prompt: str, negative_prompt: str) -> None:
        await self._library.remember_prompt(prompt, negative_prompt)
        self.remembered.emit(prompt)
