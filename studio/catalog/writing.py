"""Writing a small file so that it is whole or as it was before."""

from __future__ import annotations

import os
import secrets
from pathlib import Path

from studio.disk import sync_folder


def write_whole(path: Path, content: bytes) -> None:
    """Write or replace a file; folders above it are made.

    Raises:
        OSError: the disk refused; a file of that name is as it was.
    """
    path.parent.mkdir(parents=True, exist_ok=True)
    temporary = path.with_name(f".pentimento-{secrets.token_hex(8)}.tmp")
    try:
        with temporary.open("xb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        temporary.replace(path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)
