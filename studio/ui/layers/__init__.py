"""The layers pane: what the document is made of, topmost first."""

from studio.ui.layers.layers_panel import LayersPanel

__all__ = ["LayersPanel"]
