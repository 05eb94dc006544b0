"""`pentimento`: opens the window."""

from __future__ import annotations

import os
import sys

from studio.domain.errors import EngineError


def run() -> int:
    """Open the studio's window and stay until it is closed.

    Raises:
        EngineError: there is no display to open a window on.
    """
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY", "QT_QPA_PLATFORM")
    ):
        raise EngineError(
            "There is no display here to open the window on.",
            "Without one, “pentimento generate” draws pictures.",
        )
    from studio import startup

    return startup.main([])
