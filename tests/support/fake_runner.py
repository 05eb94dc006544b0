"""A runner without torch, for tests of the thread and of the window."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from typing import Any

import numpy as np

from studio.domain.events import Event, ImageReady, StepPreview, StepSnapshot
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.questions import Answer, Question


class FakeRunner:
    """Takes `num_inference_steps` steps, each when `step_allowed` (a semaphore) lets it.

    `ran` is what it ran, in order. A prompt of `error_prompts` raises its error after one step.
    `answers` tells by a question's class what answers it.
    """

    def __init__(
        self,
        *,
        paced: bool = False,
        error_prompts: dict[str, Exception] | None = None,
        load_error: Exception | None = None,
        answers: dict[type[Question[Any]], Callable[[Any], Any]] | None = None,
    ) -> None:
        self.device = "fake device"
        self.device_kind = "cpu"
        self.placement = ""
        self.step_allowed = threading.Semaphore(0) if paced else None
        self.ran: list[str] = []
        self.stopped_at: dict[str, int] = {}
        self.threads: set[str] = set()
        self._error_prompts = error_prompts or {}
        self._load_error = load_error
        self._answers = answers or {}
        self._model: str | None = None

    def memory_bytes(self) -> int:
        return 0

    def card_bytes(self) -> tuple[int, int]:
        return 0, 0

    def is_loaded(self, model: str) -> bool:
        return self._model == model

    def load(self, model: str) -> None:
        if self._load_error is not None:
            raise self._load_error
        self._model = model

    def run(self, request: Request, control: Control) -> Iterator[Event]:
        self.ran.append(request.prompt)
        self.threads.add(threading.current_thread().name)
        total = request.num_inference_steps
        for step in range(1, total + 1):
            if self.step_allowed is not None:
                self.step_allowed.acquire()
            if control.cancelled:
                self.stopped_at[request.prompt] = step
                return
            pixels = np.full((1, 2, 2, 3), step, np.uint8)
            yield StepPreview(control.generation, step, total, pixels, 0.1 * step, 0.1)
            if request.prompt in self._error_prompts:
                raise self._error_prompts[request.prompt]
        finished = request.finished_size
        yield ImageReady(
            generation=control.generation,
            images=np.zeros((1, finished.height, finished.width, 3), np.uint8),
            previews=np.zeros((total, 1, 2, 2, 3), np.uint8),
            snapshots=tuple(
                StepSnapshot(i, {"latents": np.zeros((1, 4, 2, 2), np.float32)}, "{}")
                for i in range(total + 1)
            ),
            elapsed_s=0.1 * total,
        )

    def answer(self, question: Question[Answer]) -> Answer:
        self.threads.add(threading.current_thread().name)
        answer: Answer = self._answers[type(question)](question)
        return answer
