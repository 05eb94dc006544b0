"""One function makes every path that the library writes to."""

from __future__ import annotations

import os
from pathlib import Path

from studio.domain.errors import StorageError
from studio.domain.file_names import safe_name


def output_path(base: Path, *parts: str) -> Path:
    """A path below `base` whose parts are safe names on every system.

    Raises:
        StorageError: the path would lie outside `base`, because of a link in it.
    """
    path = base.joinpath(*(safe_name(part) for part in parts))
    inside = os.path.realpath(base)
    if os.path.commonpath([inside, os.path.realpath(path)]) != inside:
        raise StorageError(
            f"“{path}” leads out of “{base}”.", "Remove the link or choose another folder."
        )
    return path
