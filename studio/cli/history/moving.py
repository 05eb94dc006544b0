"""`history import` and `history export`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from pathlib import Path
from typing import Any, Final

from studio.cli.history.opening import (
    add_action,
    add_choice_arguments,
    chosen,
    folders_of,
    opened,
)
from studio.cli.progress import ProgressBar
from studio.domain.errors import StorageError, StudioError, UsageError
from studio.library.export import SUFFIXES, export_picture
from studio.library.files.disk import Disk, storage_errors
from studio.library.files.names import output_path
from studio.library.import_into import import_into
from studio.library.importing import ImportReport, find_pictures
from studio.library.labels.labelling import MetadataChoice
from studio.library.picture import Picture
from studio.library.thumbnails import Thumbnails

_PARTS: Final = ("settings", "parameters", "origin", "prompt")


def add_actions(actions: Any) -> None:
    parser = add_action(actions, "import", "copy pictures of any origin into the history", bring_in)
    parser.add_argument("source", metavar="FOLDER", type=Path, help="or a single picture")
    parser.add_argument("--recursive", action="store_true", help="with the folders in it")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser = add_action(actions, "export", "write pictures to files elsewhere", export)
    add_choice_arguments(parser)
    parser.add_argument("--out", metavar="FOLDER", type=Path, required=True, help="made if need be")
    parser.add_argument(
        "--format",
        choices=sorted({suffix[1:] for suffix in SUFFIXES}),
        default="png",
        help="(png)",
    )
    parser.add_argument("--quality", metavar="N", type=int, default=90, help="1 to 100 (90)")
    parser.add_argument(
        "--without",
        metavar="PART",
        action="append",
        default=[],
        choices=(*_PARTS, "all"),
        help=f"leave out {', '.join(_PARTS)} or all; may be repeated",
    )
    parser.add_argument(
        "--with-camera", action="store_true", help="keep what the camera wrote, the place included"
    )
    parser.add_argument("--overwrite", action="store_true", help="replace files of these names")


def bring_in(arguments: argparse.Namespace) -> int:
    """Import a folder; 1 if a file in it couldn't be read, when all others are in.

    Raises:
        StorageError: there is nothing of that name, or the disk refused; what is in stays.
    """
    if not arguments.source.exists():
        raise StorageError(f"There is no folder “{arguments.source}”.", "Look for its name.")
    with opened(arguments) as store, ProgressBar(sys.stderr) as bar:
        bar.say("looking for pictures …")
        files = find_pictures([arguments.source], recursive=arguments.recursive)
        thumbnails = Thumbnails(folders_of(arguments).data / "thumbnails", Disk())
        job = import_into(store, thumbnails, files)
        began = time.perf_counter()
        for _ in job.run():
            if job.read:
                bar.step(job.read, job.total, (time.perf_counter() - began) / job.read, "importing")
    _tell(job.report, as_json=arguments.json)
    return 1 if job.report.refused else 0


def export(arguments: argparse.Namespace) -> int:
    """Write the chosen pictures into a folder; 1 if one couldn't be, when all others are there.

    Raises:
        UsageError: no pictures were chosen, or the quality is out of range.
        StorageError: the folder can't be made.
    """
    if not 1 <= arguments.quality <= 100:
        raise UsageError("--quality goes from 1 to 100.")
    left_out = set(_PARTS) if "all" in arguments.without else set(arguments.without)
    told = MetadataChoice(
        settings="settings" not in left_out,
        parameters="parameters" not in left_out,
        origin="origin" not in left_out,
        prompt="prompt" not in left_out,
        camera=arguments.with_camera,
    )
    with storage_errors(arguments.out):
        Disk().make_folder(arguments.out.absolute())
    failed = []
    with opened(arguments) as store, ProgressBar(sys.stderr) as bar:
        pictures = chosen(store, arguments)
        began = time.perf_counter()
        for done, picture in enumerate(pictures, start=1):
            path = _place(picture, arguments.out, arguments.format)
            try:
                export_picture(
                    picture,
                    path,
                    quality=arguments.quality,
                    metadata=told,
                    overwrite=arguments.overwrite,
                )
            except StudioError as error:
                failed.append(f"{picture.id}: {error}")
            bar.step(done, len(pictures), (time.perf_counter() - began) / done, "exporting")
    print(f"{len(pictures) - len(failed)} exported to {arguments.out}")
    for sentence in failed:
        print(f"pentimento: {sentence}", file=sys.stderr)
    return 1 if failed else 0


def _place(picture: Picture, folder: Path, suffix: str) -> Path:
    # Numbers begin again each day.
    return output_path(folder, f"{picture.path.parent.name}-{picture.path.stem}.{suffix}")


def _tell(report: ImportReport, *, as_json: bool) -> None:
    if as_json:
        told = {
            "imported": [{"id": one.id, "file": str(one.path)} for one in report.pictures],
            "duplicates": list(map(str, report.duplicates)),
            "refused": [{"file": str(path), "why": why} for path, why in report.refused],
        }
        print(json.dumps(told, ensure_ascii=False))
        return
    print(
        f"{len(report.pictures)} imported, {len(report.duplicates)} were there already, "
        f"{len(report.refused)} couldn't be read"
    )
    for path, why in report.refused:
        print(f"pentimento: {path}: {why}", file=sys.stderr)
