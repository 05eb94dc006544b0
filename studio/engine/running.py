"""What the inference thread needs of whoever does the work there."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Protocol

from studio.domain.events import Event
from studio.domain.request import Request
from studio.engine.control import Control
from studio.engine.questions import Answer, Question


class Runner(Protocol):
    """Does the work of a job on the inference thread, where it is also made."""

    @property
    def device(self) -> str:
        """The device's name for people."""

    @property
    def device_kind(self) -> str:
        """Torch's word for the device: "cuda", "mps", "cpu"."""

    def memory_bytes(self) -> int:
        """What the models and their work take on the device now."""

    def card_bytes(self) -> tuple[int, int]:
        """How much of a graphics card models may take now, and all it has; 0 without one."""

    @property
    def placement(self) -> str:
        """How the model in use lies on the device, in a sentence; empty without one."""

    def is_loaded(self, model: str) -> bool: ...

    def load(self, model: str) -> None:
        """Load a model unless it is there.

        Raises:
            StudioError: it can't be loaded; the sentence says why.
        """

    def run(self, request: Request, control: Control) -> Iterator[Event]:
        """The previews of a job and then its ImageReady; ends without it when cancelled.

        Raises:
            StudioError: what a person can mend.
        """

    def answer(self, question: Question[Answer]) -> Answer:
        """What a network says to a question.

        Raises:
            StudioError: what a person can mend.
        """
