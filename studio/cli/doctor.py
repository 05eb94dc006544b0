"""`pentimento doctor`: what this machine has, what is missing and what to do about it."""

from __future__ import annotations

import argparse
import json
import sys
from typing import Any


def add_command(commands: Any) -> None:
    parser = commands.add_parser("doctor", help="say what works here and what is missing")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print the examination; 1 when something is missing that pictures can't be made without."""
    from studio.cli.examination import examine
    from studio.cli.findings import in_words
    from studio.folders import Folders

    findings = examine(Folders.discover())
    if arguments.json:
        print(json.dumps(findings, ensure_ascii=False))
    else:
        print(in_words(findings))
    if not findings["problems"]:
        return 0
    print(f"pentimento: {findings['problems'][0]}", file=sys.stderr)
    return 1
