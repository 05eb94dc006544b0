"""`pentimento history`: everything that was made, without a window."""

from __future__ import annotations

from typing import Any


def add_command(commands: Any) -> None:
    from studio.cli.history import energy, files, marking, moving, searching

    parser = commands.add_parser("history", help="search, check, import and export what was made")
    parser.set_defaults(run=None)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for group in (searching, moving, marking, files, energy):
        group.add_actions(actions)
