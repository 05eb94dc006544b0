"""`models add`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_action(actions: Any) -> None:
    text = "use the models in a folder of another program, where they lie"
    parser = actions.add_parser("add", help=text, description=text.capitalize() + ".")
    parser.add_argument("folder", metavar="FOLDER", type=Path, help="a folder, or a single file")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Add the folder and say what was found in it.

    Raises:
        ModelError: it isn't there, or is one of the studio's own.
        StorageError: the disk refused.
    """
    from studio.catalog import Catalog
    from studio.folders import Folders

    place = Catalog.of(Folders.discover()).add_place(arguments.folder)
    print(f"{place.path}\n{place.sentence}")
    return 0
