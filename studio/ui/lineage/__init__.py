"""The family tree of a picture: what begot it, what it begot, and making any of it anew."""

from studio.ui.lineage.lineage_window import LineageWindow
from studio.ui.lineage.opening import open_lineage

__all__ = ["LineageWindow", "open_lineage"]
