"""What the actions share: the history itself, and which of its pictures are meant."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, Final

from studio.domain.errors import UsageError
from studio.folders import Folders
from studio.library.picture import Picture
from studio.library.query import parse
from studio.library.store import Store

_PAGE: Final = 500
_SETTING: Final = re.compile(r"^\[library\][^\[]*?^pictures_folder=(.+)$", re.MULTILINE)
_ESCAPED: Final = re.compile(r"\\(?:x([0-9a-fA-F]{1,6})|(.))")


def add_action(
    actions: Any, name: str, summary: str, run: Callable[[argparse.Namespace], int]
) -> argparse.ArgumentParser:
    """An action's own parser, with what every action understands."""
    parser: argparse.ArgumentParser = actions.add_parser(name, help=summary, description=summary)
    parser.add_argument(
        "--pictures", metavar="FOLDER", type=Path, help="the history of another pictures folder"
    )
    parser.set_defaults(run=run)
    return parser


def add_choice_arguments(parser: argparse.ArgumentParser) -> None:
    """Which pictures: by number or by a search."""
    parser.add_argument("ids", metavar="ID", nargs="*", type=int, help="numbers, as search tells")
    parser.add_argument("--query", metavar="Q", help="all that a search finds, instead of numbers")


def folders_of(arguments: argparse.Namespace) -> Folders:
    """The artist's folders; pictures lie where the window was told to keep them."""
    folders = Folders.discover()
    pictures = arguments.pictures or _chosen_in_window(folders.config / "window.ini")
    if pictures is None:
        return folders
    return Folders(
        pictures.expanduser().absolute(),
        folders.data,
        folders.config,
        folders.cache,
        folders.logs,
        folders.models,
    )


@contextmanager
def opened(arguments: argparse.Namespace) -> Iterator[Store]:
    """The history, for as long as the block lasts.

    Raises:
        StorageError: it can't be opened.
    """
    folders = folders_of(arguments)
    store = Store(folders.pictures, folders.data)
    try:
        yield store
    finally:
        store.close()


def chosen(store: Store, arguments: argparse.Namespace) -> list[Picture]:
    """The pictures that the arguments name, at least one.

    Raises:
        UsageError: none was named, or in both ways, or there is none of that number.
    """
    if bool(arguments.ids) == (arguments.query is not None):
        raise UsageError("Which pictures?", "Give their numbers, or --query with a search.")
    if arguments.query is None:
        return [picture_of(store, number) for number in dict.fromkeys(arguments.ids)]
    pictures = list(found_by(store, arguments.query))
    if not pictures:
        raise UsageError("The search finds no picture.", "Try it with “history search”.")
    return pictures


def picture_of(store: Store, number: int) -> Picture:
    """Raises UsageError if there is no picture of this number."""
    picture = store.get(number) if 0 < number < 2**63 else None
    if picture is None:
        raise UsageError(f"There is no picture {number}.", "“history search” tells the numbers.")
    return picture


def found_by(store: Store, text: str) -> Iterator[Picture]:
    """All that a search finds, newest first."""
    condition = parse(text).condition()
    last: Picture | None = None
    while page := store.page(last, _PAGE, condition):
        yield from page
        last = page[-1]


def _chosen_in_window(settings: Path) -> Path | None:
    try:
        text = settings.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError):
        return None
    found = _SETTING.search(text)
    if found is None:
        return None
    value = found[1].strip().removeprefix('"').removesuffix('"')
    # As Qt writes what isn't plain.
    value = _ESCAPED.sub(lambda part: chr(int(part[1], 16)) if part[1] else part[2], value)
    return Path(value) if value else None
