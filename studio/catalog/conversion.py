"""From a pickle of weights to a safetensors file among the studio's own models."""

from __future__ import annotations

import os
import secrets
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Final

from studio.catalog.kinds import FileKind, classify
from studio.catalog.model_files import PICKLES
from studio.catalog.probe import read_header
from studio.disk import sync_folder
from studio.domain.errors import ModelError, ModelRefused, StorageError

_GIB: Final = 1 << 30
_TIME_LIMIT_S: Final = 1800
_LOOK_S: Final = 0.1
_MAX_SAID_BYTES: Final = 64 << 10
_END: Final = ".safetensors"
OnProgress = Callable[[int, int], None]


def ignore_progress(done: int, total: int) -> None:
    """For whoever doesn't show how far it is."""


def convert(source: Path, models: Path, on_progress: OnProgress = ignore_progress) -> Path:
    """Convert a pickle in a process of its own (see unpickle) and put the result where files of its
    kind lie below `models`. Blocking. The pickle stays as it is.

    Args:
        on_progress: told now and then how many bytes of how many are written; what it raises ends
            the conversion, and nothing is left of it.

    Returns:
        the new file.

    Raises:
        ModelRefused: it is no pickle, holds more than weights, or nothing that the studio knows.
        ModelError: a file of that name is there already.
        StorageError: the disk refused.
    """
    # What talks to servers is imported with it, and the window opens without either.
    from studio.catalog.downloads.destinations import Destination, folder_for

    if source.suffix.lower() not in PICKLES:
        raise ModelRefused(f"{source.name} is no pickle: nothing needs to be converted.")
    if not source.is_file():
        raise ModelRefused(f"{source.name} can't be read: there is no such file.")
    part = models / f".converting-{secrets.token_hex(8)}{_END}"
    try:
        models.mkdir(parents=True, exist_ok=True)
        _run(source, part, on_progress)
        kind = classify(read_header(part), source.stem).kind
        destination = Destination.MODEL if kind is FileKind.CHECKPOINT else Destination(kind)
        return _place(part, folder_for(models, destination, is_folder=False), source.stem + _END)
    except OSError as error:
        raise StorageError(
            f"The converted file can't be written: {error.strerror}.", "Make room on the disk."
        ) from error
    finally:
        part.unlink(missing_ok=True)


def _run(source: Path, target: Path, on_progress: OnProgress) -> None:
    # What the file takes as a pickle, as tensors and as copies of them, and torch itself.
    total = source.stat().st_size
    command = [sys.executable, "-I", "-m", "studio.catalog.unpickle"]
    arguments = [str(source.absolute()), str(target.absolute()), str(8 * _GIB + 4 * total)]
    with tempfile.TemporaryFile() as said:
        process = subprocess.Popen(  # noqa: S603 -- our own module, by the running interpreter
            [*command, *arguments], stdin=subprocess.DEVNULL, stdout=said, stderr=said
        )
        try:
            code = _wait(process, source, target, total, on_progress)
        finally:
            process.kill()
            process.wait()
        said.seek(0)
        lines = said.read(_MAX_SAID_BYTES).decode(errors="replace").strip().splitlines()
    if code:
        reason = lines[-1][:300] if code == 1 and lines else "The conversion broke off."
        raise ModelRefused(
            f"{source.name} can't be converted. {reason}",
            "Look for a safetensors version of it.",
        )


def _wait(
    process: subprocess.Popen[bytes],
    source: Path,
    target: Path,
    total: int,
    on_progress: OnProgress,
) -> int:
    """Until the process has ended. Returns its exit code."""
    end = time.monotonic() + _TIME_LIMIT_S
    while time.monotonic() < end:
        on_progress(min(target.stat().st_size, total) if target.exists() else 0, total)
        with suppress(subprocess.TimeoutExpired):
            return process.wait(_LOOK_S)
    raise ModelRefused(f"{source.name} took longer than half an hour to convert.")


def _place(part: Path, folder: Path, name: str) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    target = folder / name
    if target.exists():
        raise ModelError(f"“{target}” is there already.", "Rename it first.")
    with part.open("rb+") as file:
        os.fsync(file.fileno())
    part.rename(target)
    sync_folder(folder)
    return target
