"""Pictures of the history compared: side by side or under a slider, and what made them differ."""

from studio.ui.compare.compare_window import CompareWindow
from studio.ui.compare.opening import MOST_COMPARED, compare_chosen, open_comparison

__all__ = ["MOST_COMPARED", "CompareWindow", "compare_chosen", "open_comparison"]
