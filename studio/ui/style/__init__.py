"""The style pane: a picture and the styles that it takes on."""

from studio.ui.style.style_panel import StylePanel

__all__ = ["StylePanel"]
