"""`pentimento train`: the recipes that made, and can remake, the models that come along."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    parser = commands.add_parser("train", help="train a model with one of the studio's recipes")
    parser.add_argument("recipe", choices=["embedded"], help="embedded: the model that comes along")
    parser.add_argument(
        "arguments", nargs=argparse.REMAINDER, help="for the recipe; --help shows them"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from studio.training import embedded

    return int(embedded.main(arguments.arguments) or 0)
