"""The last steps: looking at what came, by its headers, and putting it where it belongs.

What a person gets is whole, known to the catalog and never in the place of something else.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

from studio.catalog.description import FILE_NAME
from studio.catalog.downloads.destinations import Destination, folder_for
from studio.catalog.downloads.disk import Disk
from studio.catalog.downloads.names import clean_name
from studio.catalog.downloads.plan import Plan
from studio.catalog.examining import probe
from studio.catalog.model_files import WEIGHTS
from studio.catalog.records import Refusal
from studio.domain.addons import AddonInfo
from studio.domain.errors import DownloadError, ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.upscalers import UpscalerInfo


def examine(content: Path, plan: Plan) -> Destination:
    """Look at what came, by its headers alone, as the catalog will; say where it belongs.

    Raises:
        ModelRefused: it is damaged, another thing than weights, or of no kind that the studio
            knows; the sentence says which.
    """
    looked_at = [content] if plan.name else list(_weights(content, plan))
    found = [_kind(path) for path in looked_at]
    return plan.destination or found[0]


def _kind(path: Path) -> Destination:
    match probe(path):
        case ModelInfo():
            return Destination.MODEL
        case AddonInfo(kind=kind):
            return Destination(kind)
        case UpscalerInfo():
            return Destination.UPSCALER
        case Refusal(reason=reason):
            raise ModelRefused(reason)
        case None:
            return Destination.STYLE_NETWORK


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
        if content.exists():  # else it was moved before the disk failed
            _check_free(target)
            disk.replace(content / FILE_NAME, _notes(plan, title))
            disk.rename(content, target)
    else:
        for file, target in zip(plan.files, targets, strict=True):
            source = content / file.path
            if source.exists():
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


def _notes(plan: Plan, title: str) -> bytes:
    """What the catalog reads about it later (catalog/description.py passes over what is new)."""
    record = {
        "source_url": plan.page,
        "commit": plan.commit,
        "licence": plan.licence or "unknown",
        "downloaded": datetime.now(UTC).isoformat(timespec="seconds"),
        "sha256": {file.path: file.sha256 for file in plan.files if file.sha256},
    }
    if title:
        record["title"] = title
    return json.dumps(record, ensure_ascii=False, indent=2).encode()
