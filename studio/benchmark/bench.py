"""What the benchmarks share: the wishes of the command line, the window, the bare processes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING

from studio.benchmark.bare_process import BareProcess
from studio.benchmark.ratios import Rounds, Timing, time_rounds
from studio.benchmark.workload import (
    EMBEDDED_MODEL,
    FEW_STEPS,
    RANDOM_MODEL,
    Workload,
    workload,
    write_random_model,
)
from studio.catalog import Catalog
from studio.domain.request import Request
from studio.folders import Folders

if TYPE_CHECKING:
    from studio.benchmark.stage import Stage


@dataclass(frozen=True, slots=True)
class Wishes:
    """What the command line asks for. None: each benchmark's own default."""

    pairs: int = 10
    model: str | None = None
    steps: int | None = None


class Bench:
    """Opens what a benchmark needs when it first asks, and keeps it for the next one.

    Args:
        home: a folder of its own for pictures, history, settings and the random model.
        wishes: what the command line asks for.
        say: shows one line of progress.

    `title` is the benchmark that runs.
    """

    def __init__(self, home: Path, wishes: Wishes, say: Callable[[str], None]) -> None:
        self.wishes = wishes
        self.title = ""
        self._say = say
        self._stage: Stage | None = None
        self._bare: dict[str, tuple[Workload, BareProcess]] = {}
        self._numbers = itertools.count(1)
        own = Folders.discover({"PENTIMENTO_HOME": str(home)})
        self.home = home
        self.folders = replace(own, models=(home / "models", *Folders.discover().models))

    async def close(self) -> None:
        for _, process in self._bare.values():
            process.close()
        if self._stage is not None:
            await self._stage.close()

    def say(self, text: str) -> None:
        """Show what is being done, after the benchmark's name."""
        self._say(f"{self.title}: {text}")

    def like_an_artists(self) -> Workload:
        """Steps of the length that an artist's own checkpoint has: the random model's."""
        if self.wishes.model not in (None, RANDOM_MODEL):
            return self._of(str(self.wishes.model), FEW_STEPS)
        folder = self.folders.models[0] / RANDOM_MODEL
        if not folder.exists():
            self.say(f"writing {RANDOM_MODEL}")
            write_random_model(folder)
        return self._of(RANDOM_MODEL, FEW_STEPS)

    def like_the_first_minutes(self) -> Workload | None:
        """The model that comes with the studio, as it is set up; None while there is none.

        Its steps are a tenth as long as those of any other model, so what the studio does beside
        them weighs ten times as much.
        """
        names = [model.name for model in Catalog(self.folders.models).models()]
        if self.wishes.model is not None or EMBEDDED_MODEL not in names:
            return None
        return self._of(EMBEDDED_MODEL, None)

    def both(self) -> Iterator[Workload]:
        """The one after the other; only the model that the command line names, if it does."""
        yield self.like_an_artists()
        if (embedded := self.like_the_first_minutes()) is not None:
            yield embedded

    async def stage(self) -> Stage:
        """The open window."""
        if self._stage is None:
            from studio.benchmark.stage import Stage

            self.say("opening the window")
            self._stage = await Stage.open(self.folders)
        return self._stage

    def bare(self, kind: str, workload: Workload) -> BareProcess:
        """A process that does one kind of work (`bare_script.KINDS`) without the studio around it.

        There is one of each kind: another workload takes the place of the one before.
        """
        of, process = self._bare.get(kind, (None, None))
        if process is None or of != workload:
            if process is not None:
                process.close()
            process = BareProcess(kind, workload, self.folders.models, self.home / kind)
            self._bare[kind] = workload, process
        return process

    def requests(self, workload: Workload) -> list[Request]:
        """For each pair, the workload's request with a prompt and a seed never used before."""
        return [self._fresh(workload) for _ in range(self.wishes.pairs)]

    async def time_rounds(
        self, workload: Workload, a: Timing[Request], b: Timing[Request]
    ) -> Rounds:
        """Time both sides on the same fresh requests after a warm-up, telling how far it is."""
        self.say(f"warming up ({workload})")
        request = self._fresh(workload)
        for warm_up in (a, b):
            await warm_up(request)
        return await time_rounds(a, b, self.requests(workload), self.counter(str(workload)))

    def counter(self, workload: str) -> Callable[[int], None]:
        """Says how many pairs are done."""
        pairs = self.wishes.pairs
        return lambda done: self.say(f"pair {done + 1} of {pairs} ({workload})")

    def _fresh(self, workload: Workload) -> Request:
        number = next(self._numbers)
        prompt = f"{workload.request.prompt}, number {number}"
        return replace(workload.request, prompt=prompt, seed=number)

    def _of(self, model: str, default_steps: int | None) -> Workload:
        info = Catalog(self.folders.models).find(model)
        return workload(info, self.wishes.steps or default_steps or info.default_steps)
