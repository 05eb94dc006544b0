"""Fetching one file, whatever the server does: goes on where it was, and ends with a file whose
length and checksum are right, or with a sentence."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from studio.catalog.downloads import answers
from studio.catalog.downloads.http_client import HttpClient, Response
from studio.catalog.downloads.part import Part
from studio.catalog.downloads.patience import Interruption, Patience
from studio.catalog.downloads.stopping import Stop
from studio.domain.errors import DownloadError

_BLOCK_BYTES: Final = 1 << 20


@dataclass(frozen=True, slots=True)
class Listener:
    """Who hears how a file comes along: `reached` how many bytes of it are there, `says` a
    sentence about waiting, empty once it goes on, `has_size` its size as soon as it is known.
    Whether there is room for it is for `has_size` to say: it may raise StorageError."""

    reached: Callable[[int], None]
    says: Callable[[str], None]
    has_size: Callable[[int], None]


class Transfer:
    """One file on its way into `part`. `page` is where a person can read about it."""

    def __init__(
        self,
        part: Part,
        client: HttpClient,
        patience: Patience,
        stop: Stop,
        listener: Listener,
        page: str = "",
    ) -> None:
        self._part = part
        self._client = client
        self._patience = patience
        self._stop = stop
        self._listener = listener
        self._page = page
        self._name = part.target.name

    def run(self) -> None:
        """Come back when the file is there under its own name.

        Raises:
            DownloadError: the server refuses, or sent something else than was announced.
            OSError: the disk refuses; what is there stays.
            Stopped: somebody paused or cancelled; what is there stays.
        """
        part = self._part
        part.open()
        resumed = part.length > 0
        while True:
            self._patience.persist(
                self._receive, self._stop, reached=lambda: part.length, tell=self._listener.says
            )
            try:
                return part.finish()
            except DownloadError:
                # What was there before may have been damaged: that is no reason to give up.
                if not resumed:
                    raise
                resumed = False
                self._listener.reached(0)

    def _receive(self) -> None:
        """Bring the part nearer to its end; returns when it is whole."""
        part = self._part
        if self._is_whole_already():
            return
        headers = self._range_headers() if part.length else {}
        with self._client.get(part.file.url, self._stop, headers) as response:
            answers.check_status(response, self._name, self._page)
            if response.status == answers.RANGE_NOT_SATISFIABLE:
                self._stop_at_the_end(response)
                return
            answers.check_is_file(response, self._name)
            self._agree(response)
            self._listener.has_size(self._total_bytes)
            self._listener.says("")
            self._read(response)

    def _is_whole_already(self) -> bool:
        """Whether all its bytes are there; sums them up either way."""
        part, total = self._part, self._total_bytes
        if total and part.length > total:
            part.clear()
        if part.length:
            part.catch_up(self._stop)
            self._listener.reached(part.length)
        return 0 < total == part.length

    def _range_headers(self) -> dict[str, str]:
        headers = {"Range": f"bytes={self._part.length}-"}
        if validator := self._part.version.validator:
            headers["If-Range"] = validator
        return headers

    def _agree(self, response: Response) -> None:
        """Make sure that what comes now goes on where the part ends, or begin anew."""
        part, version = self._part, answers.version_of(response)
        expected = part.file.size_bytes
        if expected and version.size_bytes and version.size_bytes != expected:
            raise DownloadError(
                f"{self._name} has {version.size_bytes} bytes where {expected} were announced.",
                "The file was changed meanwhile, or it is something else: download it anew.",
            )
        if response.status == answers.OK:
            part.begin(version)
            return
        goes_on = answers.range_start(response) == part.length > 0
        if not goes_on or not part.version.may_be(version):
            self._begin_anew()

    def _read(self, response: Response) -> None:
        part, total = self._part, self._total_bytes
        descriptor = part.open_for_adding()
        try:
            reached = part.length
            while block := response.read(_BLOCK_BYTES):
                self._stop.check()
                if total and reached + len(block) > total:
                    part.clear()
                    raise DownloadError(
                        f"{self._name} is longer than the server said.", "Try another address."
                    )
                part.add(descriptor, block)
                reached += len(block)
                self._listener.reached(reached)
        finally:
            os.close(descriptor)
        if total and reached < total:
            raise Interruption(f"{self._name} was cut off.")

    def _stop_at_the_end(self, response: Response) -> None:
        """The server says that nothing comes behind what we have: that is all, or too much."""
        total = answers.version_of(response).size_bytes
        if not 0 < total == self._part.length:
            self._begin_anew()

    def _begin_anew(self) -> None:
        self._part.clear()
        self._listener.reached(0)
        raise Interruption(f"{self._name} was changed on the server: it begins anew.", 0.0)

    @property
    def _total_bytes(self) -> int:
        return self._part.file.size_bytes or self._part.version.size_bytes
