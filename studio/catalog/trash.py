"""Which of the models may be moved to the trash, and a trash for where no desktop's is at hand."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import Final
from urllib.parse import quote

from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelError, StorageError
from studio.domain.model import ModelInfo
from studio.domain.upscalers import UpscalerInfo

_MAX_TWINS: Final = 1_000


def check_is_own(info: ModelInfo | AddonInfo | UpscalerInfo, folders: Sequence[Path]) -> None:
    """Make sure that a model lies where the artist's own ones do: in the first of the folders.

    Raises:
        ModelError: it comes with the studio or belongs to another program.
    """
    if not folders or not info.path.is_relative_to(folders[0]):
        raise ModelError(
            f"“{info.name}” lies in {info.path.parent}, which isn't the studio's own folder.",
            "Delete it with the program that put it there.",
        )


def move_to_home_trash(path: Path, environment: Mapping[str, str] = os.environ) -> Path:
    """Move a file or folder to the trash of this user's desktop, by the FreeDesktop trash
    specification or to the Mac's “.Trash”. Returns where it lies now.

    Raises:
        StorageError: this system's trash isn't known, or lies on another disk.
    """
    home = Path(environment.get("HOME", "~")).expanduser()
    if sys.platform == "win32":
        raise StorageError(
            "The Windows trash can't be used from the command line.",
            "Delete it in the models window.",
        )
    try:
        if sys.platform == "darwin":
            return _move(path, home / ".Trash")
        base = Path(environment.get("XDG_DATA_HOME") or home / ".local" / "share") / "Trash"
        info = base / "info"
        info.mkdir(parents=True, exist_ok=True, mode=0o700)
        moved = _move(path, base / "files")
        when = datetime.now().astimezone().strftime("%Y-%m-%dT%H:%M:%S")
        note = f"[Trash Info]\nPath={quote(str(path.absolute()))}\nDeletionDate={when}\n"
        (info / f"{moved.name}.trashinfo").write_text(note, encoding="utf-8")
    except OSError as error:
        raise StorageError(
            f"“{path.name}” can't be moved to the trash: {error.strerror}.",
            "Delete it with the system's file manager.",
        ) from error
    return moved


def _move(path: Path, trash: Path) -> Path:
    trash.mkdir(parents=True, exist_ok=True, mode=0o700)
    for number in range(1, _MAX_TWINS):
        target = trash / (path.name if number == 1 else f"{path.stem} {number}{path.suffix}")
        if not target.exists():
            path.rename(target)
            return target
    raise FileExistsError(None, "too many of that name are there", str(path))
