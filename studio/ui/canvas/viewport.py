"""Where the picture lies in the view: fit, zoom, pan. Pure arithmetic, no Qt.

All lengths in the view are device pixels, so that a zoom of 1 means one picture pixel for each
pixel of the screen, whatever the desktop's scaling.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Final

from studio.domain.geometry import Size

MIN_ZOOM: Final = 0.02
MAX_ZOOM: Final = 32.0
ZOOM_STOPS: Final = (
    *(0.02, 0.03, 0.05, 0.07, 0.1, 0.15, 0.2, 0.25, 0.33, 0.5, 0.67),
    *(1.0, 1.5, 2.0, 3.0, 4.0, 6.0, 8.0, 12.0, 16.0, 24.0, 32.0),
)


@dataclass(frozen=True, slots=True)
class Viewport:
    """A view of `view` pixels onto a picture, whose top left corner lies at (`x`, `y`) in it.

    `zoom` is view pixels for each picture pixel, MIN_ZOOM to MAX_ZOOM.
    """

    view: Size
    picture: Size
    zoom: float
    x: float
    y: float

    @classmethod
    def fitted(cls, view: Size, picture: Size, margin: float = 0.0) -> Viewport:
        """The whole picture, centred, as large as it gets with `margin` view pixels around it."""
        zoom = _clamp(
            min(
                (view.width - 2 * margin) / picture.width,
                (view.height - 2 * margin) / picture.height,
            ),
            MIN_ZOOM,
            MAX_ZOOM,
        )
        return cls(view, picture, zoom, 0.0, 0.0).centred()

    @property
    def width(self) -> float:
        """The picture's width in the view."""
        return self.picture.width * self.zoom

    @property
    def height(self) -> float:
        """The picture's height in the view."""
        return self.picture.height * self.zoom

    def centred(self) -> Viewport:
        """The picture's centre in the middle of the view."""
        return replace(
            self,
            x=(self.view.width - self.width) / 2,
            y=(self.view.height - self.height) / 2,
        )

    def to_picture(self, x: float, y: float) -> tuple[float, float]:
        """The picture's point that lies at (x, y) in the view; may lie outside the picture."""
        return (x - self.x) / self.zoom, (y - self.y) / self.zoom

    def to_view(self, x: float, y: float) -> tuple[float, float]:
        """Where the picture's point (x, y) lies in the view."""
        return self.x + x * self.zoom, self.y + y * self.zoom

    def zoomed(self, zoom: float, x: float, y: float) -> Viewport:
        """At another zoom, with the picture's point nearest to (x, y) in the view kept in place."""
        zoom = _clamp(zoom, MIN_ZOOM, MAX_ZOOM)
        # Held at its nearest point, the picture can't be zoomed out of the view.
        x = _clamp(x, self.x, self.x + self.width)
        y = _clamp(y, self.y, self.y + self.height)
        picture_x, picture_y = self.to_picture(x, y)
        return replace(self, zoom=zoom, x=x - picture_x * zoom, y=y - picture_y * zoom)

    def panned(self, dx: float, dy: float, keep: float = 0.0) -> Viewport:
        """Moved by (dx, dy), but so that `keep` view pixels of the picture stay in view."""
        keep_x = min(keep, self.width, self.view.width)
        keep_y = min(keep, self.height, self.view.height)
        return replace(
            self,
            x=_clamp(self.x + dx, keep_x - self.width, self.view.width - keep_x),
            y=_clamp(self.y + dy, keep_y - self.height, self.view.height - keep_y),
        )

    def resized(self, view: Size) -> Viewport:
        """In a view of another size; what was in its middle stays there."""
        return replace(
            self,
            view=view,
            x=self.x + (view.width - self.view.width) / 2,
            y=self.y + (view.height - self.view.height) / 2,
        )

    def next_zoom(self) -> float:
        """The next larger of the usual zooms."""
        return next((stop for stop in ZOOM_STOPS if stop > self.zoom * 1.001), MAX_ZOOM)

    def previous_zoom(self) -> float:
        """The next smaller of the usual zooms."""
        return next((stop for stop in reversed(ZOOM_STOPS) if stop < self.zoom / 1.001), MIN_ZOOM)


def _clamp(value: float, low: float, high: float) -> float:
    return max(low, min(high, value))
