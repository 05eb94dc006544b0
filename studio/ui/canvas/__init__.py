"""The canvas pane: the picture, its zoom, its progress, and what is dropped on it."""

from studio.ui.canvas.canvas_bar import CanvasBar
from studio.ui.canvas.canvas_view import CanvasView
from studio.ui.canvas.drops import PICTURE_SUFFIXES
from studio.ui.canvas.picture_image import as_pixels, as_qimage
from studio.ui.canvas.tool_bar import ToolBar

__all__ = ["PICTURE_SUFFIXES", "CanvasBar", "CanvasView", "ToolBar", "as_pixels", "as_qimage"]
