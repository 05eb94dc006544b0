"""People as skeletons of 18 points, as OpenPose draws them and pose controls were trained on them.

Order, limbs and colours are those of OpenPose's COCO model (Cao et al. 2017, “Realtime Multi-Person
2D Pose Estimation using Part Affinity Fields”), widths those that Zhang et al.'s ControlNets saw.
"""

from __future__ import annotations

from collections.abc import Iterator
from typing import Final

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageDraw

from studio.domain.events import Pixels
from studio.domain.geometry import Size

Points = NDArray[np.float32]
"""(people, points, 3): x and y in pixels and how certain it is, 0 to 1."""

COCO_POINTS: Final = 17
OPENPOSE_POINTS: Final = 18
# Of each of OpenPose's points the one of COCO's; its neck is between the shoulders.
_NECK: Final = 1
_SHOULDERS: Final = (5, 6)
_FROM_COCO: Final = (0, 0, 6, 8, 10, 5, 7, 9, 12, 14, 16, 11, 13, 15, 2, 1, 4, 3)
_LIMBS: Final = (
    *((1, 2), (1, 5), (2, 3), (3, 4), (5, 6), (6, 7)),
    *((1, 8), (8, 9), (9, 10), (1, 11), (11, 12), (12, 13)),
    *((1, 0), (0, 14), (14, 16), (0, 15), (15, 17)),
)
_COLOURS: Final = (
    *((255, 0, 0), (255, 85, 0), (255, 170, 0), (255, 255, 0), (170, 255, 0), (85, 255, 0)),
    *((0, 255, 0), (0, 255, 85), (0, 255, 170), (0, 255, 255), (0, 170, 255), (0, 85, 255)),
    *((0, 0, 255), (85, 0, 255), (170, 0, 255), (255, 0, 255), (255, 0, 170), (255, 0, 85)),
)
# At 512 pixels limbs are 8 wide and points as large; limbs are darker than the points they join.
_RADIUS: Final = 4.0
_AT_PX: Final = 512
_LIMB_SHADE: Final = 0.6
_CORNERS: Final = 36
_CERTAIN: Final = 0.3


def from_coco(people: Points) -> Points:
    """COCO's 17 points of each person as OpenPose's 18; a neck is as certain as the shoulder that
    is less so."""
    points = people[:, _FROM_COCO].copy()
    shoulders = people[:, _SHOULDERS]
    points[:, _NECK, :2] = shoulders[..., :2].mean(axis=1)
    points[:, _NECK, 2] = shoulders[..., 2].min(axis=1)
    return points


def draw_skeletons(people: Points, size: Size) -> Pixels:
    """Skeletons in their colours on black, uint8 (size.height, size.width, 3), of OpenPose's 18
    points of each person; what isn't certain (0.3) is left out."""
    picture = Image.new("RGB", (size.width, size.height))
    pen = ImageDraw.Draw(picture)
    radius = max(1.0, _RADIUS * min(size.width, size.height) / _AT_PX)
    for points in people:
        seen = points[:, 2] >= _CERTAIN
        for (start, end), colour in zip(_LIMBS, _COLOURS, strict=False):
            if seen[start] and seen[end]:
                shade = tuple(int(part * _LIMB_SHADE) for part in colour)
                outline = _limb(points[start, :2], points[end, :2], radius)
                pen.polygon(list(outline), fill=shade)
    for points in people:
        for (x, y, certainty), colour in zip(points.tolist(), _COLOURS, strict=True):
            if certainty >= _CERTAIN:
                pen.ellipse((x - radius, y - radius, x + radius, y + radius), fill=colour)
    return np.asarray(picture)


def _limb(start: Points, end: Points, radius: float) -> Iterator[tuple[float, float]]:
    """The outline of an ellipse from one point to another, twice `radius` wide."""
    middle, half = (start + end) / 2, (end - start) / 2
    length = float(np.hypot(*half))
    along = half / length if length else np.array([1, 0], np.float32)
    across = np.array([-along[1], along[0]])
    for angle in np.linspace(0, 2 * np.pi, _CORNERS, endpoint=False):
        corner = middle + np.cos(angle) * half + np.sin(angle) * radius * across
        yield float(corner[0]), float(corner[1])
