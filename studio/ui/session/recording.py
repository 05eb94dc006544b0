"""Putting what the engine finished into the history."""

from __future__ import annotations

from collections.abc import Sequence

from studio.domain.events import ImageReady, Pixels
from studio.domain.request import Request
from studio.library import Library, Picture
from studio.ui.session.pictures.origins import Origin


async def record(
    library: Library,
    ready: ImageReady,
    request: Request,
    previews: Sequence[Pixels] | None,
    origin: Origin,
) -> Picture:
    """Keep the first picture of `ready` with all that is known of how it was made.

    Raises:
        StorageError: the disk refused; nothing was kept and the picture is still the caller's.
    """
    return await library.record(
        ready.images[0],
        request,
        elapsed_s=ready.elapsed_s,
        previews=previews,
        snapshots=ready.snapshots,
        parents=origin.parents,
        batch=origin.batch,
        project=origin.project,
        making=ready.making,
    )
