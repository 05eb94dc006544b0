"""The artwork being edited, without a window."""

from studio.document.area import Area
from studio.document.artwork import Artwork, StartPicture
from studio.document.brush import Brush
from studio.document.change import Change
from studio.document.content import Content
from studio.document.document import Document
from studio.document.edit_log import Edit, EditLog
from studio.document.layer import BlendMode, Layer, LayerKind
from studio.document.pyramid import Pyramid
from studio.document.stroke import Stroke, StrokePoint, Target
from studio.document.tiles import TiledImage

__all__ = [
    "Area",
    "Artwork",
    "BlendMode",
    "Brush",
    "Change",
    "Content",
    "Document",
    "Edit",
    "EditLog",
    "Layer",
    "LayerKind",
    "Pyramid",
    "StartPicture",
    "Stroke",
    "StrokePoint",
    "Target",
    "TiledImage",
]
