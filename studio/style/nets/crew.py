"""Strips computed beside each other, one on each processor core.

torch would share out every single operation among the cores, and wait for the slowest each time:
thousands of waits in a picture, and long ones on a busy machine. Whole strips need only a few.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from threading import Barrier
from types import TracebackType
from typing import Final, TypeVar

import torch

Item = TypeVar("Item")
Outcome = TypeVar("Outcome")
_AHEAD: Final = 2


class Crew:
    """As many threads as torch uses on a CPU, each of which computes alone; one for a GPU.

    A context manager: the threads end with it.
    """

    def __init__(self, device: torch.device) -> None:
        self.size = torch.get_num_threads() if device.type == "cpu" else 1
        self._threads = ThreadPoolExecutor(self.size, thread_name_prefix="style")

    def __enter__(self) -> Crew:
        together = Barrier(self.size + 1)

        def begin() -> None:
            # For this thread; but what later threads will begin with changes too, until …
            torch.set_num_threads(1)
            together.wait()

        for _ in range(self.size):
            self._threads.submit(begin)
        together.wait()
        torch.set_num_threads(torch.get_num_threads())  # … this thread sets its own number again.
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._threads.shutdown(cancel_futures=True)

    def map(self, work: Callable[[Item], Outcome], items: Iterable[Item]) -> Iterator[Outcome]:
        """The outcomes in the order of the items, few of which are begun ahead."""

        def run(item: Item) -> Outcome:
            with torch.inference_mode():
                return work(item)

        begun: deque[Future[Outcome]] = deque()
        for item in items:
            begun.append(self._threads.submit(run, item))
            if len(begun) > self.size * _AHEAD:
                yield begun.popleft().result()
        while begun:
            yield begun.popleft().result()
