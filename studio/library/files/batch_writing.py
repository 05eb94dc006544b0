"""Many files at once, as durable as one: all are written, then all brought to the disk in one wave.

A disk that is asked to keep one file after the other waits for itself each time; asked for many at
once it writes its own journal once.
"""

from __future__ import annotations

import os
import secrets
from collections.abc import Sequence
from pathlib import Path

from studio.library.files.disk import TEMPORARY_PREFIX, TEMPORARY_SUFFIX, Disk


def write_all_new(disk: Disk, files: Sequence[tuple[Path, bytes]]) -> None:
    """Write files that aren't there yet, all of them or none.

    Raises:
        FileExistsError: something of one of these names is there; it stays untouched.
        OSError: the disk refused.
    """
    temporaries: list[Path] = []
    taken: list[Path] = []
    try:
        descriptors: list[int] = []
        try:
            for path, content in files:
                temporary = path.with_name(
                    f"{TEMPORARY_PREFIX}{secrets.token_hex(8)}{TEMPORARY_SUFFIX}"
                )
                descriptors.append(disk.create(temporary))
                temporaries.append(temporary)
                rest = memoryview(content)
                while rest:
                    rest = rest[disk.write(descriptors[-1], rest) :]
            for descriptor in descriptors:
                disk.sync(descriptor)
        finally:
            for descriptor in descriptors:
                os.close(descriptor)
        for temporary, (path, _) in zip(temporaries, files, strict=True):
            # As for a single file: the name is taken first, so that nothing is ever replaced.
            os.close(disk.create(path))
            taken.append(path)
            disk.rename(temporary, path)
        for folder in dict.fromkeys(path.parent for path, _ in files):
            disk.sync_folder(folder)
    except BaseException:
        for path in (*temporaries, *taken):
            disk.remove(path)
        raise
