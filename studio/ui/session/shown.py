"""What is on show: a picture of the history, or one that emerges, with its steps."""

from __future__ import annotations

from typing import ClassVar

from psygnal import Signal

from studio.document import Artwork
from studio.domain.events import Pixels
from studio.library import Picture
from studio.ui.session.emergence import Emergence


class Shown:
    """The picture on show. Lays the chosen one of its steps on the artwork.

    `picture` is None while it emerges, and for one that could not be saved. While `follows_jobs`,
    the picture of a job that starts is put on show.
    """

    emergence_changed: ClassVar[Signal] = Signal()
    picture_changed: ClassVar[Signal] = Signal()

    def __init__(self, artwork: Artwork) -> None:
        self.emergence: Emergence | None = None
        self.picture: Picture | None = None
        self.follows_jobs = True
        self._artwork = artwork

    @property
    def finished_pixels(self) -> Pixels | None:
        """The finished picture, (H, W, 3), whichever of its steps is shown."""
        return None if self.emergence is None else self.emergence.image

    def put(self, emergence: Emergence | None, picture: Picture | None) -> None:
        """Put a picture on show; `picture` is its place in the history, if it has one."""
        request = None if picture is None else picture.request
        if emergence is not None and emergence.request is None and request is not None:
            emergence.of(request)
        if emergence is not self.emergence:
            if self.emergence is not None:
                self.emergence.shown_changed.disconnect(self._on_shown_changed)
            self.emergence = emergence
            if emergence is not None:
                emergence.shown_changed.connect(self._on_shown_changed)
            self.emergence_changed.emit()
        self._on_shown_changed()
        if picture != self.picture:
            self.picture = picture
            self.picture_changed.emit()

    def _on_shown_changed(self) -> None:
        if self.emergence is None:
            self._artwork.show(None)
        else:
            self._artwork.show(self.emergence.pixels, self.emergence.size)
