"""`models convert`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any


def add_action(actions: Any) -> None:
    text = "make a safetensors file of a pickle (.ckpt, .pt, .pth, .bin), in a process of its own"
    parser = actions.add_parser("convert", help=text, description=text.capitalize() + ".")
    parser.add_argument("file", metavar="FILE", type=Path, help="the pickle; it stays as it is")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Convert the file and say where the new one lies: among the studio's own models.

    Raises:
        ModelError: it holds more than weights, or nothing that the studio knows.
        StorageError: the disk refused.
    """
    from studio.catalog.conversion import convert
    from studio.folders import Folders

    print(convert(arguments.file, Folders.discover().models[0]))
    return 0
