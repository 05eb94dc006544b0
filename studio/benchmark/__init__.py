"""Times the studio against the bare minimum of the same work: `pentimento benchmark`.

Light to import: torch and Qt come with the first measurement.
"""

from studio.benchmark.command import add_arguments, main, run

__all__ = ["add_arguments", "main", "run"]
