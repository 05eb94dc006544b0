"""`pentimento benchmark`: the studio against the bare minimum of the same work."""

from __future__ import annotations

from typing import Any

from studio import benchmark


def add_command(commands: Any) -> None:
    parser = commands.add_parser("benchmark", help="time the studio against bare code")
    benchmark.add_arguments(parser)
    parser.set_defaults(run=benchmark.run)
