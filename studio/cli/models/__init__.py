"""`pentimento models`: what is on this disk to paint with, and where it lies."""

from __future__ import annotations

from typing import Any


def add_command(commands: Any) -> None:
    from studio.cli.models import adding, converting, download, listing, probing, removing

    parser = commands.add_parser("models", help="list, examine, add, convert and remove models")
    parser.set_defaults(run=None)
    actions = parser.add_subparsers(title="actions", metavar="ACTION", required=True)
    for verb in (listing, probing, adding, download, converting, removing):
        verb.add_action(actions)
