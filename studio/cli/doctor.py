"""`pentimento doctor`: what this machine has, what is missing and what to do about it."""

from __future__ import annotations

import argparse
from typing import Any


def add_command(commands: Any) -> None:
    parser = commands.add_parser("doctor", help="say what works here and what is missing")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    return 0
