"""The command line: `pentimento` opens the window, its subcommands run without one."""

from studio.cli.main import main

__all__ = ["main"]
