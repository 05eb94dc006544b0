"""What the studio is timed against, in a process of its own.

In the studio's process it would share the interpreter's lock with the window, and OpenMP, which
counts the threads of a whole process, would let those of both sides wait in another way.
"""

from __future__ import annotations

import asyncio
import json
import os
import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from studio.benchmark.workload import Workload
from studio.domain.errors import EngineError
from studio.domain.request import Request


class BareProcess:
    """Does one kind of work (a name in `bare_script.KINDS`) on requests, one after the other.

    It starts with the first request; its settings are those of this process, but what it keeps is
    kept below `home`.
    """

    def __init__(self, kind: str, workload: Workload, models: Sequence[Path], home: Path) -> None:
        self._command = [
            *(sys.executable, "-m", "studio.benchmark.bare_script"),
            *(kind, workload.model.name, workload.request.to_json(), *map(str, models)),
        ]
        self._environment = {**os.environ, "PENTIMENTO_HOME": str(home)}
        self._process: subprocess.Popen[str] | None = None

    async def do(self, request: Request) -> dict[str, Any]:
        """What the work tells of `request`; `seconds` is how long it took.

        Raises:
            EngineError: the process ended; what it said of it stands on stderr.
        """
        return await asyncio.to_thread(self._do, request)

    def close(self) -> None:
        """End the process."""
        if self._process is None:
            return
        self._process.terminate()
        self._process.wait()
        for pipe in (self._process.stdin, self._process.stdout):
            if pipe is not None:
                pipe.close()
        self._process = None

    def _do(self, request: Request) -> dict[str, Any]:
        if self._process is None:
            self._process = subprocess.Popen(  # noqa: S603 - our own interpreter and words
                self._command,
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                text=True,
                env=self._environment,
            )
        process = self._process
        assert process.stdin is not None  # noqa: S101
        assert process.stdout is not None  # noqa: S101
        try:
            process.stdin.write(f"{request.to_json()}\n")
            process.stdin.flush()
            answer = process.stdout.readline()
        except BrokenPipeError:
            answer = ""
        if not answer:
            raise EngineError("A process that was started to be timed ended before its work.")
        told: dict[str, Any] = json.loads(answer)
        return told
