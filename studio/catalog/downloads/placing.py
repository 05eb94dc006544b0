"""The last steps: looking at what came, by its headers, and putting it where it belongs.

What a person gets is whole, known to the catalog and never in the place of something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from studio.catalog.description import FILE_NAME
from studio.catalog.downloads.choosing import WEIGHTS
from studio.catalog.downloads.destinations import Destination, folder_for
from studio.catalog.downloads.disk import Disk
from studio.catalog.downloads.names import clean_name
from studio.catalog.downloads.plan import Plan
from studio.catalog.gguf import read_gguf_header
from studio.catalog.kinds import FileKind, classify
from studio.catalog.probe import Header, read_header
from studio.domain.addons import AddonKind
from studio.domain.errors import DownloadError

_DESTINATIONS: Final[Mapping[FileKind | AddonKind, Destination]] = {
    FileKind.CHECKPOINT: Destination.MODEL,
    FileKind.UPSCALER: Destination.UPSCALER,
    FileKind.STYLE_NETWORK: Destination.STYLE_NETWORK,
}


def examine(content: Path, plan: Plan) -> Destination:
    """Look at every file of weights by its header alone, and say where the download belongs.

    Raises:
        ModelRefused: one of them is damaged, another thing than weights, or of no kind that the
            studio knows; the sentence says which.
    """
    destination = plan.destination
    for path in _weights(content, plan):
        header = _read_header(path)
        # Pieces of a folder's networks are nothing by themselves; nor does the list of kinds know
        # what cuts objects out.
        if not plan.name and destination is not Destination.SEGMENTER:
            kind = classify(header, path.stem).kind
            found = _DESTINATIONS.get(kind) or Destination(kind)
            destination = destination or found
    return destination or Destination.MODEL


def check_places(models: Path, plan: Plan) -> None:
    """Make sure, before anything is fetched, that its place is free. Where only the file can tell
    its place, that shows at the end.

    Raises:
        DownloadError: something of that name is there.
    """
    if plan.destination is not None:
        for target in _targets(models, plan, plan.destination):
            _check_free(target)


def place(content: Path, models: Path, plan: Plan, title: str, disk: Disk) -> Path:
    """Move what is whole and examined to its place, in one rename for each thing.

    `plan.destination` is known by now. Notes about where it is from come to lie with it.

    Returns:
        the folder, or the file, or the folder that the files are in.

    Raises:
        DownloadError: something of that name is there; everything stays where it was.
        OSError: the disk failed; what was moved stays so, and calling again moves the rest.
    """
    destination = plan.destination or Destination.MODEL
    folder = folder_for(models, destination, is_folder=bool(plan.name))
    disk.make_folder(folder)
    targets = _targets(models, plan, destination)
    if plan.name:
        (target,) = targets
        _check_free(target)
        disk.replace(content / FILE_NAME, _notes(plan, title))
        disk.rename(content, target)
    else:
        for file, target in zip(plan.files, targets, strict=True):
            source = content / file.path
            if not source.exists() and target.exists():
                continue  # moved before the disk failed
            _check_free(target)
            notes = target.with_name(f"{target.stem}.{FILE_NAME}")
            disk.replace(notes, _notes(replace(plan, files=(file,)), title))
            disk.rename(source, target)
    disk.sync_folder(folder)
    return targets[0] if len(targets) == 1 else folder


def _targets(models: Path, plan: Plan, destination: Destination) -> list[Path]:
    folder = folder_for(models, destination, is_folder=bool(plan.name))
    if plan.name:
        return [folder / plan.name]
    return [folder / clean_name(file.path) for file in plan.files]


def _check_free(target: Path) -> None:
    if target.exists() or target.is_symlink():
        raise DownloadError(
            f"“{target.name}” is already in {target.parent}.",
            "Remove or rename it first to download it anew.",
        )


def _weights(content: Path, plan: Plan) -> Iterator[Path]:
    for file in plan.files:
        path = content / file.path
        if path.suffix.lower() in WEIGHTS:
            yield path


def _read_header(path: Path) -> Header:
    return read_gguf_header(path) if path.suffix.lower() == ".gguf" else read_header(path)


def _notes(plan: Plan, title: str) -> bytes:
    """What the catalog reads about it later (catalog/description.py passes over what is new)."""
    record = {
        "source_url": plan.page,
        "commit": plan.commit,
        "licence": plan.licence or "unknown",
        "downloaded": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": {Path(file.path).name: file.sha256 for file in plan.files if file.sha256},
    }
    if title:
        record["title"] = title
    return json.dumps(record, ensure_ascii=False, indent=2).encode()
