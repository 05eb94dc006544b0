"""`history search` and `history show`."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any, Final

from studio.cli.history.opening import add_action, opened, picture_of
from studio.cli.history.telling import as_json, in_a_line, in_words, whole_json
from studio.domain.errors import UsageError
from studio.library.query import Field, parse

_LIMIT: Final = 50


def add_actions(actions: Any) -> None:
    parser = add_action(actions, "search", "find pictures by what is known of them", search)
    parser.add_argument(
        "query",
        metavar="Q",
        help=f"words, “phrases”, -without, this|that, and {', '.join(f'{f}:' for f in Field)}",
    )
    parser.add_argument("--limit", metavar="N", type=int, default=_LIMIT, help=f"({_LIMIT})")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser = add_action(actions, "show", "tell all that is known of a picture", show)
    parser.add_argument("id", metavar="ID", type=int, help="its number, as search tells")
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def search(arguments: argparse.Namespace) -> int:
    """Print the newest pictures that the query finds.

    Raises:
        UsageError: the limit is no number of pictures.
        StorageError: the history can't be opened.
    """
    if not 1 <= arguments.limit < 2**63:
        raise UsageError("--limit goes from 1.")
    condition = parse(arguments.query).condition()
    with opened(arguments) as store:
        pictures, count = store.page(None, arguments.limit, condition), store.count(condition)
    if arguments.json:
        found = {"count": count, "pictures": list(map(as_json, pictures))}
        print(json.dumps(found, ensure_ascii=False))
        return 0
    for picture in pictures:
        print(in_a_line(picture))
    if count > len(pictures):
        print(f"{len(pictures)} of {count}; --limit shows more", file=sys.stderr)
    elif not count:
        print("nothing found", file=sys.stderr)
    return 0


def show(arguments: argparse.Namespace) -> int:
    """Print what is known of one picture, of its parents and its children.

    Raises:
        UsageError: there is no such picture.
        StorageError: the history can't be opened.
    """
    with opened(arguments) as store:
        picture = picture_of(store, arguments.id)
        told = (
            picture,
            store.marks.of(picture),
            store.lineage.parents_of(picture),
            store.lineage.children_of(picture),
        )
    if arguments.json:
        print(json.dumps(whole_json(*told), ensure_ascii=False))
    else:
        print(in_words(*told))
    return 0
