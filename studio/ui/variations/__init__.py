"""The grid of variations: which settings differ, and what came of it."""

from studio.ui.variations.grid_window import GridWindow, open_variations

__all__ = ["GridWindow", "open_variations"]
