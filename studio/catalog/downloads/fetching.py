"""One download from beginning to end, on its own thread: ask, make room, fetch, check, place."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from studio.catalog.downloads.disk import Disk, size_in_words
from studio.catalog.downloads.download import State
from studio.catalog.downloads.http_client import HttpClient
from studio.catalog.downloads.part import Part
from studio.catalog.downloads.patience import Patience
from studio.catalog.downloads.placing import check_places, examine, place
from studio.catalog.downloads.plan import Plan
from studio.catalog.downloads.planning import Planner
from studio.catalog.downloads.staging import Staged
from studio.catalog.downloads.stopping import Stop
from studio.catalog.downloads.transfer import Listener, Transfer
from studio.domain.errors import StorageError

RESERVE_BYTES: Final = 500_000_000
"""What is left free on the disk, for the studio's pictures and everything else."""


@dataclass(frozen=True, slots=True)
class Tools:
    """What fetching needs. `free_bytes` tells of the disk that a folder lies on."""

    client: HttpClient
    planner: Planner
    patience: Patience
    disk: Disk
    free_bytes: Callable[[Path], int]


@dataclass(frozen=True, slots=True)
class Reporter:
    """Who hears how it goes; called on the download's thread. `bytes_for_others` answers how much
    of the free space other downloads under way will still take."""

    state: Callable[[State, str], None]
    says: Callable[[str], None]
    progress: Callable[[int, int], None]
    bytes_for_others: Callable[[], int]


class Fetch:
    """Brings one staged download to its end; `run` may be called again after it failed."""

    def __init__(
        self, staged: Staged, models: Path, tools: Tools, stop: Stop, reporter: Reporter
    ) -> None:
        self._staged = staged
        self._models = models
        self._tools = tools
        self._stop = stop
        self._reporter = reporter
        self._total_bytes = 0

    def run(self) -> Path:
        """Returns where it lies now.

        Raises:
            DownloadError, StorageError: it can't go on; the sentence says what to do.
            OSError: the disk refuses; what is there stays.
            ModelRefused: it came whole, but isn't what the studio opens.
            Stopped: somebody paused or cancelled.
        """
        staged = self._staged
        plan = staged.notes.plan or self._ask()
        if not staged.notes.is_whole:
            check_places(self._models, plan)
            self._fetch(plan)
            self._reporter.state(State.CHECKING, "Looking at what came")
            plan = replace(plan, destination=examine(staged.content, plan))
            # From here on what lies at its place may be ours.
            staged.keep(plan=plan, is_whole=True)
        title = staged.notes.order.title
        path = place(staged.content, self._models, plan, title, self._tools.disk)
        staged.remove()
        return path

    def _ask(self) -> Plan:
        self._reporter.state(State.LISTING, "Asking what there is")
        plan = self._tools.planner.plan(self._staged.notes.order, self._stop)
        self._staged.keep(plan=plan)
        return plan

    def _fetch(self, plan: Plan) -> None:
        parts = [Part(self._staged.content, file, self._tools.disk) for file in plan.files]
        done_bytes = sum(part.bytes_there for part in parts)
        self._total_bytes = plan.total_bytes
        self._make_room(self._total_bytes - done_bytes)
        self._reporter.state(State.DOWNLOADING, "")
        self._reporter.progress(done_bytes, self._total_bytes)
        for number, part in enumerate(parts, start=1):
            self._stop.check()
            if not part.is_finished:
                of_all = f" ({number} of {len(parts)})" if len(parts) > 1 else ""
                others_bytes = sum(other.bytes_there for other in parts if other is not part)
                self._fetch_one(plan, part, f"{part.target.name}{of_all}", others_bytes)

    def _fetch_one(self, plan: Plan, part: Part, what: str, others_bytes: int) -> None:
        listener = Listener(
            reached=lambda reached: self._reporter.progress(
                others_bytes + reached, self._total_bytes
            ),
            says=lambda sentence: self._reporter.says(sentence or what),
            has_size=lambda size: self._has_size(plan, part, size),
        )
        listener.says("")
        tools = self._tools
        Transfer(part, tools.client, tools.patience, self._stop, listener, plan.page).run()

    def _has_size(self, plan: Plan, part: Part, size_bytes: int) -> None:
        """A size that the listing didn't tell is known at last."""
        if not plan.total_bytes and len(plan.files) == 1 and size_bytes:
            self._total_bytes = size_bytes
            self._make_room(size_bytes - part.length)

    def _make_room(self, needed_bytes: int) -> None:
        self._tools.disk.make_folder(self._models)
        free = self._tools.free_bytes(self._models) - RESERVE_BYTES
        others = self._reporter.bytes_for_others()
        if needed_bytes > free - others:
            also = f", and other downloads {size_in_words(others)}" if others else ""
            raise StorageError(
                f"It needs {size_in_words(needed_bytes)} more{also}, but the disk with"
                f" “{self._models}” has room for {size_in_words(max(0, free))}.",
                "Free some space, then resume.",
            )
