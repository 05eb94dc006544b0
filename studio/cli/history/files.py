"""`history rebuild` and `history verify`."""

from __future__ import annotations

import argparse
import json
import sys
import time
from typing import Any

from studio.cli.history.opening import add_action, folders_of, opened
from studio.cli.progress import ProgressBar
from studio.library.importing import find_pictures
from studio.library.query import parse
from studio.library.upkeep.rebuild import DATABASE, rebuild
from studio.library.upkeep.verifying import Verification, verify


def add_actions(actions: Any) -> None:
    parser = add_action(actions, "rebuild", "make the database anew from the files alone", anew)
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser = add_action(actions, "verify", "look whether every file is as it was written", check)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def anew(arguments: argparse.Namespace) -> int:
    """Rebuild the database and say what came back; the old one is put aside.

    Raises:
        StorageError: the studio is open, or the disk refused.
    """
    folders = folders_of(arguments)
    aside = set(folders.data.glob(f"{DATABASE}.aside-*"))
    with ProgressBar(sys.stderr) as bar:
        bar.say("looking for pictures …")
        total = len(find_pictures([folders.pictures])) if folders.pictures.is_dir() else 0
        began = time.perf_counter()
        for count in rebuild(folders.pictures, folders.data):
            if count:
                seconds = (time.perf_counter() - began) / count
                bar.step(min(count, total), max(count, total), seconds, "reading")
    with opened(arguments) as store:
        told: dict[str, Any] = {
            "pictures": store.count(),
            "rated": store.count(parse("rating:>0").condition()),
            "tagged": store.count(parse("has:tags").condition()),
            "collections": len(store.marks.collections()),
            "searches": len(store.searches.all()),
        }
    put_aside = sorted(
        path for path in folders.data.glob(f"{DATABASE}.aside-*[0-9]") if path not in aside
    )
    if arguments.json:
        print(json.dumps({**told, "old_database": [str(path) for path in put_aside]}))
        return 0
    print(", ".join(f"{count} {name}" for name, count in told.items()) + " came back")
    for path in put_aside:
        print(f"the old database is “{path}”")
    return 0


def check(arguments: argparse.Namespace) -> int:
    """Compare every file with what is known of it; 1 if any is missing, changed or unknown.

    Raises:
        StorageError: the history can't be read.
    """
    with opened(arguments) as store, ProgressBar(sys.stderr) as bar:
        began = time.perf_counter()
        found = Verification()
        for found in verify(store.connections, store.pictures_folder):
            if found.checked:
                seconds = (time.perf_counter() - began) / found.checked
                bar.step(found.checked, found.total, seconds, "verifying")
    differences = {"missing": found.missing, "changed": found.changed, "extra": found.extra}
    if arguments.json:
        print(json.dumps({"intact": found.intact, **differences}, ensure_ascii=False))
    else:
        for what, paths in differences.items():
            for path in paths:
                print(f"{what}: {path}")
        print(f"{found.intact} files are intact", file=sys.stderr)
    return 1 if any(differences.values()) else 0
