"""A process to be killed: records pictures below a folder until it dies.

    python recorder.py PICTURES DATA

For each line on stdin, a new process is forked and its pid written; the process writes one line
for each picture that the store has acknowledged: path, digest of the pixels, digest of the request.
When it is dead, “end” is written.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path

import numpy as np

from studio.domain.events import StepSnapshot
from studio.library.store import Store
from tests.support.samples import a_request, noise


def record_until_killed(pictures: Path, data: Path, first_seed: int) -> None:
    store = Store(pictures, data)
    for seed in range(first_seed, first_seed + 100_000):
        request = a_request(seed=seed, width=96, height=96)
        pixels = noise(seed, 96, 96)
        snapshot = StepSnapshot(1, {"latents": np.full((4, 12, 12), seed, np.float32)}, "{}")
        picture = store.record(
            pixels, request, previews=pixels[None, ::8, ::8], snapshots=[snapshot]
        )
        _say(f"{picture.path} {picture.pixel_digest} {request.digest}")


def _say(line: str) -> None:
    os.write(1, f"{line}\n".encode())


def main() -> None:
    pictures, data = Path(sys.argv[1]), Path(sys.argv[2])
    for line in sys.stdin:
        pid = os.fork()
        if pid == 0:
            record_until_killed(pictures, data, int(line))
        _say(str(pid))
        os.waitpid(pid, 0)
        _say("end")


if __name__ == "__main__":
    main()
