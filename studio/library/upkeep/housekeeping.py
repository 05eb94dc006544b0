"""Work that nobody waits for, done when nothing else is."""

from __future__ import annotations

import asyncio
import logging
from contextlib import suppress
from typing import Final, Protocol

from studio.domain.errors import StudioError

log = logging.getLogger(__name__)

QUIET_S: Final = 20.0
# A picture may be in the making all the while: a few hundredths of a core are all it notices.
PAUSE_S: Final = 1.0


class Tidy(Protocol):
    """Does what can't wait and, if `pack`, one more piece of work; whether there is more of it."""

    async def __call__(self, *, pack: bool) -> bool: ...


class Housekeeping:
    """Tidies soon after it was woken, the longer work once nothing woke it for a while.

    To be used on the loop's thread.
    """

    def __init__(self, tidy: Tidy, quiet_s: float = QUIET_S, pause_s: float = PAUSE_S) -> None:
        self._tidy = tidy
        self._quiet_s = quiet_s
        self._pause_s = pause_s
        self._woken = asyncio.Event()
        self._stopped = asyncio.Event()
        self._woken.set()

    def wake(self) -> None:
        """There may be something to do."""
        self._woken.set()

    def stop(self) -> None:
        """End `run` after the piece of work it is at."""
        self._stopped.set()
        self._woken.set()

    async def run(self) -> None:
        """Until it is stopped; what goes wrong is noted and tried again when next woken."""
        while not self._stopped.is_set():
            await self._woken.wait()
            self._woken.clear()
            if not await self._is_stopped_within(self._quiet_s):
                await self._tidy_up()

    async def _tidy_up(self) -> None:
        try:
            while await self._tidy(pack=not self._woken.is_set()):
                if await self._is_stopped_within(self._pause_s):
                    return
        except StudioError as error:
            log.warning("not tidied up: %s", error)

    async def _is_stopped_within(self, seconds: float) -> bool:
        with suppress(TimeoutError):
            async with asyncio.timeout(seconds):
                await self._stopped.wait()
        return self._stopped.is_set()
