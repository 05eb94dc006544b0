"""The timeline pane: the steps of the picture on show."""

from studio.ui.timeline.timeline_panel import TimelinePanel

__all__ = ["TimelinePanel"]
