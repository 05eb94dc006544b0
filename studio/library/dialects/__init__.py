"""How other programs write down how a picture was made: one file for each of them.

Each gives `read(embedded) -> PictureSettings | None`. What they read was written by anyone: it is
cleaned and clamped, it names no file that is opened, and nothing in it is ever run.
"""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import Final

from studio.library.dialects import (
    a1111,
    comfyui,
    draw_things,
    fooocus,
    invokeai,
    novelai,
    ours,
    stealth,
    swarm,
)
from studio.library.labels.embedded import Embedded, read_embedded
from studio.library.settings import PictureSettings

# Who is the surest comes first: several programs write A1111's text besides their own.
_READERS: Final[tuple[Callable[[Embedded], PictureSettings | None], ...]] = (
    ours.read,
    invokeai.read,
    swarm.read,
    fooocus.read,
    novelai.read,
    draw_things.read,
    a1111.read,
    comfyui.read,
)


def read_settings(path: Path) -> PictureSettings | None:
    """How the picture in this file was made, by whichever program; None if it doesn't say.

    Never raises for what the file holds.

    Raises:
        OSError: the file can't be read at all.
    """
    return settings_in(read_embedded(path), lambda: stealth.read_hidden(path))


def settings_in(
    embedded: Embedded, find_hidden: Callable[[], Embedded | None]
) -> PictureSettings | None:
    """As `read_settings`, of what was found already; `find_hidden` is asked where that says
    nothing."""
    found = _settings(embedded)
    if found is None and not embedded.texts.keys() & {"parameters", "Comment", "prompt"}:
        hidden = find_hidden()
        found = None if hidden is None else _settings(hidden)
    return found


def _settings(embedded: Embedded) -> PictureSettings | None:
    for read in _READERS:
        found = read(embedded)
        if found is not None and not found.is_empty:
            return found
    return None


__all__ = ["read_settings", "settings_in"]
