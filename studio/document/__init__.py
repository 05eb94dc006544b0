"""The artwork being edited, without a window."""

from studio.document.area import Area
from studio.document.artwork import Artwork, StartPicture
from studio.document.change import Change
from studio.document.content import Content
from studio.document.document import Document
from studio.document.edit_log import Edit, EditLog
from studio.document.layer import BlendMode, Layer, LayerKind
from studio.document.painting.brush import Brush
from studio.document.painting.path import StrokePoint
from studio.document.painting.stroke import Stroke
from studio.document.painting.target import Target
from studio.document.rendering.composite import flatten
from studio.document.rendering.pyramid import Pyramid
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
    "flatten",
]
