"""All downloads of the studio: what is under way, what waits, what can be gone on with."""

from __future__ import annotations

import logging
import shutil
import threading
import time
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any, ClassVar, Final

from psygnal import Signal

from studio.catalog.downloads import staging
from studio.catalog.downloads.addresses import host_of
from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.disk import Disk, disk_in_words, size_in_words
from studio.catalog.downloads.download import Download, State
from studio.catalog.downloads.fetching import Fetch, Reporter, Tools
from studio.catalog.downloads.http_client import HttpClient
from studio.catalog.downloads.hub import Hub
from studio.catalog.downloads.offer import Offer
from studio.catalog.downloads.pace import Pace
from studio.catalog.downloads.patience import Patience
from studio.catalog.downloads.planning import Planner
from studio.catalog.downloads.sources import Address, Repository, read_source
from studio.catalog.downloads.staging import Order, Staged
from studio.catalog.downloads.stopping import Stop, Stopped
from studio.catalog.downloads.tokens import hub_endpoint
from studio.domain.errors import DownloadError, ModelRefused, StudioError

log = logging.getLogger(__name__)

_NEWS_S: Final = 0.2
_CLOSING_S: Final = 5.0
_ASKS: Final = 4


@dataclass(slots=True)
class _Entry:
    """A download's own state; its snapshot is what others see."""

    staged: Staged
    host: str
    seen: Download
    stop: Stop = field(default_factory=Stop)
    thread: threading.Thread | None = None
    pace: Pace = field(default_factory=Pace)
    told_s: float = 0.0


class Downloads:
    """Fetches models into `folder`, the artist's own models' folder, on threads of its own.

    Nothing touches the network before `start` or `resume`. What a program that ended left behind is
    there again, paused. All methods return at once and may be called from any thread; `Download` is
    a snapshot.

    Args:
        client: talks to the servers; its tokens and proxy are its own.
        free_bytes: how much is free on the disk that a folder lies on.
        at_once: how many are fetched from one host at the same time; others of it wait.
        endpoint: Hugging Face's address, or that of a mirror; by default what HF_ENDPOINT says.
        patience: how long silent and busy servers are waited for.
    """

    changed: ClassVar[Signal] = Signal(Download)
    """A download is new or another than before. Emitted on the downloads' threads or the caller's,
    one at a time, at most about five times a second for each; listeners return at once."""

    def __init__(
        self,
        folder: Path,
        *,
        client: HttpClient | None = None,
        free_bytes: Callable[[Path], int] = lambda folder: shutil.disk_usage(folder).free,
        at_once: int = 2,
        endpoint: str | None = None,
        patience: Patience | None = None,
        disk: Disk | None = None,
    ) -> None:
        self.folder = folder
        self._at_once = at_once
        self._disk = disk or Disk()
        self._endpoint = endpoint or hub_endpoint()
        patience = patience or Patience()
        client = client or HttpClient(timeout_s=patience.timeout_s)
        # Who has fetched nothing yet wants to hear soon that there is no network.
        brief = replace(patience, attempts=min(patience.attempts, _ASKS))
        planner = Planner(client, Hub(client, self._endpoint, brief), brief)
        self._tools = Tools(client, planner, patience, self._disk, free_bytes)
        self._lock = threading.RLock()
        self._emitting = threading.RLock()
        self._is_closed = False
        self._entries: dict[str, _Entry] = {}
        for staged in staging.left_behind(folder, self._disk):
            self._entries[staged.id] = self._entry(staged)

    def all(self) -> tuple[Download, ...]:
        """Every download that isn't cancelled, the oldest first; finished ones until `close`."""
        with self._lock:
            entries = self._entries.values()
            return tuple(e.seen for e in entries if e.seen.state is not State.CANCELLED)

    def find(self, identity: str) -> Download | None:
        """The newest snapshot of the download with this `id`."""
        with self._lock:
            entry = self._entries.get(identity)
            return entry.seen if entry else None

    def start(
        self,
        what: str | Repository | Address | Offer,
        *,
        destination: Destination | None = None,
        variant: str = "",
    ) -> Download:
        """Begin to fetch a repository, an address or an offer; or go on, if the same was begun.

        Args:
            what: text is read by `read_source`.
            destination: what it is; None lets the file itself tell.
            variant: of the weights, such as “fp16”, where a repository has several.

        Raises:
            DownloadError: the text names nothing, or an address that isn't opened.
        """
        order = _order(what, destination, variant)
        with self._lock:
            for entry in self._entries.values():
                known = entry.seen.state not in (State.FINISHED, State.CANCELLED, State.REFUSED)
                if known and entry.staged.notes.order.is_same(order):
                    self.resume(entry.seen)
                    return entry.seen
            entry = self._entry(staging.new(self.folder, order, self._disk))
            self._entries[entry.staged.id] = entry
            entry.seen = replace(entry.seen, state=State.WAITING, sentence="Waiting")
        self._announce(entry)
        self._begin_next()
        return self.find(entry.staged.id) or entry.seen

    def pause(self, download: Download) -> None:
        """Stop it; what is there stays. Nothing happens to one that isn't under way."""
        self._stop(download, State.PAUSED, "Paused")

    def resume(self, download: Download) -> None:
        """Go on where it was paused or failed, as soon as there is room among the others."""
        with self._lock:
            entry = self._entries.get(download.id)
            if entry is None or not entry.seen.can_resume or self._is_closed:
                return
            entry.seen = replace(entry.seen, state=State.WAITING, sentence="Waiting", error="")
        self._announce(entry)
        self._begin_next()

    def cancel(self, download: Download) -> None:
        """Stop it and remove what was fetched. A finished one is only taken off the list."""
        with self._lock:
            entry = self._entries.get(download.id)
            if entry is None or entry.seen.state is State.CANCELLED:
                return
            entry.seen = replace(entry.seen, state=State.CANCELLED, sentence="Cancelled", error="")
            entry.stop.pull()
            if entry.thread is None:
                self._remove(entry)
        self._announce(entry)
        self._begin_next()

    def close(self) -> None:
        """Pause what is under way and wait a few seconds for it to come to rest."""
        with self._lock:
            self._is_closed = True
            threads = [entry.thread for entry in self._entries.values() if entry.thread]
            for entry in self._entries.values():
                if entry.seen.state is State.WAITING and entry.thread is None:
                    self._note(entry)  # it never began, so nothing of it is on the disk
        for download in self.all():
            self.pause(download)
        until = time.monotonic() + _CLOSING_S
        for thread in threads:
            if thread is not threading.current_thread():
                thread.join(max(0.0, until - time.monotonic()))

    # What happens

    def _entry(self, staged: Staged) -> _Entry:
        notes = staged.notes
        source = read_source(notes.order.source)
        host = host_of(source.url if isinstance(source, Address) else self._endpoint)
        state = State.REFUSED if notes.is_refused else State.PAUSED
        seen = Download(
            staged.id,
            notes.order.title or _title(source),
            str(source),
            State.FAILED if notes.error and not notes.is_refused else state,
            sentence="Paused",
            total_bytes=notes.plan.total_bytes if notes.plan else 0,
            error=notes.error,
            path=staged.content if notes.is_refused else None,
        )
        return _Entry(staged, host, replace(seen, done_bytes=staged.done_bytes()))

    def _begin_next(self) -> None:
        """Start threads for those that wait, as long as their hosts aren't asked too much."""
        with self._lock:
            if self._is_closed:
                return
            for entry in self._entries.values():
                # One that was paused and resumed at once waits for its old thread to end.
                if entry.seen.state is not State.WAITING or entry.thread is not None:
                    continue
                running = [e for e in self._entries.values() if e.thread and e.host == entry.host]
                if len(running) < self._at_once:
                    entry.stop = Stop()
                    entry.thread = threading.Thread(
                        target=self._run, args=(entry,), name=f"download {entry.seen.title}"
                    )
                    entry.thread.daemon = True
                    entry.thread.start()

    def _run(self, entry: _Entry) -> None:
        stop = entry.stop
        try:
            with disk_in_words(self.folder):
                self._fetch(entry, stop)
        except Stopped:
            pass  # whoever stopped it has said so
        except ModelRefused as error:
            self._end(entry, stop, State.REFUSED, str(error))
        except StudioError as error:
            self._end(entry, stop, State.FAILED, str(error))
        except Exception:
            log.exception("The download of %s failed", entry.seen.source)
            message = "Something went wrong inside the studio; its log says what."
            self._end(entry, stop, State.FAILED, message)
        finally:
            with self._lock:
                entry.staged.release()
                entry.thread = None
                if entry.seen.state is State.CANCELLED:
                    self._remove(entry)
            self._begin_next()

    def _fetch(self, entry: _Entry, stop: Stop) -> None:
        staged = entry.staged
        if not staged.take():
            raise DownloadError("Another window of the studio fetches it.", "Wait for it there.")
        staged.keep(error="")
        reporter = Reporter(
            state=lambda state, sentence: self._tell(entry, stop, state=state, sentence=sentence),
            says=lambda sentence: self._tell(entry, stop, sentence=sentence),
            progress=lambda done, total: self._progress(entry, stop, done, total),
            bytes_for_others=lambda: self._bytes_for_others(entry),
        )
        entry.pace.restart()
        path = Fetch(staged, self.folder, self._tools, stop, reporter).run()
        done = entry.seen.total_bytes or entry.seen.done_bytes
        # Who paused it at the last moment came too late.
        with self._lock:
            entry.seen = replace(
                entry.seen,
                state=State.FINISHED,
                sentence=f"{size_in_words(done)} are in {path}",
                done_bytes=done,
                total_bytes=done,
                seconds_left=0.0,
                path=path,
            )
        self._announce(entry)

    def _end(self, entry: _Entry, stop: Stop, state: State, error: str) -> None:
        is_refused = state is State.REFUSED
        self._note(entry, error=error, is_refused=is_refused)
        aside = entry.staged.content if is_refused else None
        self._tell(entry, stop, state=state, sentence="", error=error, path=aside)

    def _note(self, entry: _Entry, **changes: Any) -> None:
        """Keep it for the next start, if the disk lets us."""
        try:
            entry.staged.keep(**changes)
        except OSError as refusal:
            log.warning("What became of a download isn't noted: %s", refusal)

    def _stop(self, download: Download, state: State, sentence: str) -> None:
        with self._lock:
            entry = self._entries.get(download.id)
            if entry is None or not entry.seen.is_under_way:
                return
            entry.stop.pull()
            entry.seen = replace(
                entry.seen, state=state, sentence=sentence, rate_bytes_s=0.0, seconds_left=None
            )
        self._announce(entry)
        self._begin_next()

    def _remove(self, entry: _Entry) -> None:
        if entry.seen.state is State.CANCELLED:
            entry.staged.remove()
            self._entries.pop(entry.staged.id, None)

    def _bytes_for_others(self, own: _Entry) -> int:
        with self._lock:
            return sum(
                max(0, entry.seen.total_bytes - entry.seen.done_bytes)
                for entry in self._entries.values()
                if entry is not own and entry.seen.is_under_way
            )

    # Who hears of it

    def _progress(self, entry: _Entry, stop: Stop, done: int, total: int) -> None:
        now = time.monotonic()
        entry.pace.add(now, done)
        is_news = now - entry.told_s >= _NEWS_S or done == total
        if is_news:
            entry.told_s = now
        self._tell(
            entry,
            stop,
            is_news=is_news,
            done_bytes=done,
            total_bytes=total,
            rate_bytes_s=entry.pace.bytes_s,
            seconds_left=entry.pace.seconds_left(total - done) if total else None,
        )

    def _tell(self, entry: _Entry, stop: Stop, *, is_news: bool = True, **changes: Any) -> None:
        """What the download's thread says; once it was stopped nobody wants to hear it."""
        with self._lock:
            if stop.is_pulled:
                return
            entry.seen = replace(entry.seen, **changes)
        if is_news:
            self._announce(entry)

    def _announce(self, entry: _Entry) -> None:
        # What is told last must be what is true last, whichever thread comes first.
        with self._emitting:
            with self._lock:
                seen = entry.seen
            self.changed.emit(seen)


def _order(
    what: str | Repository | Address | Offer, destination: Destination | None, variant: str
) -> Order:
    if isinstance(what, Offer):
        return Order(
            what.source,
            what.title,
            destination or what.destination,
            variant or what.variant,
            what.saved_as,
        )
    source = read_source(what) if isinstance(what, str) else what
    text = str(source)
    if isinstance(source, Address):  # whose key is left out of str()
        text = f"{source.url}#sha256={source.sha256}" if source.sha256 else source.url
    return Order(text, destination=destination, variant=variant)


def _title(source: Repository | Address) -> str:
    if isinstance(source, Repository):
        return str(source)
    return str(source).rpartition("/")[2] or str(source)
