"""`history rate`, `tag` and `collections`."""

from __future__ import annotations

import argparse
import json
from typing import Any

from studio.cli.history.opening import add_action, add_choice_arguments, chosen, opened
from studio.domain.errors import UsageError
from studio.library.index.marks import MAX_RATING


def add_actions(actions: Any) -> None:
    parser = add_action(actions, "rate", "give pictures stars", rate)
    parser.add_argument(
        "stars", metavar="STARS", type=int, choices=range(MAX_RATING + 1), help=f"0 to {MAX_RATING}"
    )
    add_choice_arguments(parser)
    parser = add_action(actions, "tag", "give pictures tags, or take some away", tag)
    add_choice_arguments(parser)
    parser.add_argument("--add", metavar="TAG", action="append", default=[], help="may be repeated")
    parser.add_argument(
        "--remove", metavar="TAG", action="append", default=[], help="may be repeated"
    )
    parser = add_action(actions, "collections", "list collections and saved searches", collections)
    parser.add_argument("--json", action="store_true", help="print one JSON object")


def rate(arguments: argparse.Namespace) -> int:
    """Give the chosen pictures stars, in the database and in their sidecars.

    Raises:
        UsageError: no pictures were chosen.
        StorageError: the disk refused.
    """
    with opened(arguments) as store:
        store.marks.rate(chosen(store, arguments), arguments.stars)
        store.save_marks()
    return 0


def tag(arguments: argparse.Namespace) -> int:
    """Add tags to the chosen pictures and take others away, as `rate`."""
    if not arguments.add and not arguments.remove:
        raise UsageError("Which tags?", "Give --add TAG or --remove TAG.")
    with opened(arguments) as store:
        store.marks.tag(chosen(store, arguments), arguments.add, arguments.remove)
        store.save_marks()
    return 0


def collections(arguments: argparse.Namespace) -> int:
    """Print all collections with how many pictures they have, and the searches kept by name.

    Raises:
        StorageError: the history can't be opened.
    """
    with opened(arguments) as store:
        found, searches = store.marks.collections(), store.searches.all()
    if arguments.json:
        told = {
            "collections": [{"name": one.name, "count": one.count} for one in found],
            "searches": [{"name": one.name, "query": one.text} for one in searches],
        }
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for one in found:
        print(f"{one.count:>6}  {one.name}")
    for search in searches:
        print(f"search  {search.name}: {search.text}")
    return 0
