"""What a control sees of a picture: its edges, lines, tones or colours, without any network; and
how people that a network has found are drawn for it."""

from studio.document.control_maps.control_map import (
    control_map,
    fitted,
    is_without_network,
    seen_by_control,
)
from studio.document.control_maps.skeleton import draw_skeletons, from_coco

__all__ = [
    "control_map",
    "draw_skeletons",
    "fitted",
    "from_coco",
    "is_without_network",
    "seen_by_control",
]
