"""What a control sees of a picture: its edges, lines, tones or colours, without any network."""

from studio.document.control_maps.control_map import (
    control_map,
    is_without_network,
    seen_by_control,
)

__all__ = ["control_map", "is_without_network", "seen_by_control"]
