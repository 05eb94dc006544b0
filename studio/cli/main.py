"""Reads the command line and hands it to the command's own file.

What is heavy (torch, Qt, the engine) is imported by the command that needs it, when it runs; and
nothing of the commands where none is given, for then somebody waits for the window.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence

from studio import __version__
from studio.cli import window
from studio.domain.errors import StudioError, UsageError


def main(argv: Sequence[str] | None = None) -> int:
    """Run one command (`argv` without the program's name; None: the process's own).

    Returns:
        0; 1 with one sentence on stderr for what a person can mend; 2 for a wrong command line;
        130 after Ctrl+C.
    """
    words = sys.argv[1:] if argv is None else argv
    try:
        if not words:
            return window.run()
        arguments = _parser().parse_args(words)
        return int(arguments.run(arguments))
    except SystemExit as leaving:  # argparse said what is wrong, or printed the help asked for
        return leaving.code if isinstance(leaving.code, int) else 0
    except UsageError as error:
        print(f"pentimento: {error}", file=sys.stderr)
        return 2
    except StudioError as error:
        print(f"pentimento: {error}", file=sys.stderr)
        return 1
    except KeyboardInterrupt:
        print("pentimento: stopped.", file=sys.stderr)
        return 130


def _parser() -> argparse.ArgumentParser:
    from studio.cli import (
        benchmark,
        doctor,
        generate,
        history,
        inpaint,
        models,
        outpaint,
        select,
        stylize,
        train,
        upscale,
    )

    parser = argparse.ArgumentParser(
        prog="pentimento",
        description="A desktop AI art studio. Without a command it opens its window.",
    )
    parser.add_argument("--version", action="version", version=f"pentimento {__version__}")
    commands = parser.add_subparsers(title="commands", metavar="COMMAND", required=True)
    made = (generate, inpaint, outpaint, select, stylize, upscale)
    for command in (*made, history, models, doctor, benchmark, train):
        command.add_command(commands)
    return parser
