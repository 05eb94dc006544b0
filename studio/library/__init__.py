"""The history: picture files, the index, thumbnails, steps, metadata in files, export."""

from studio.domain.file_names import safe_name
from studio.library.encoding import PictureFormat, pixel_digest, without_idle_alpha
from studio.library.export import SUFFIXES, export_picture, export_pixels, export_stream
from studio.library.files.names import output_path
from studio.library.files.wastebasket import Deleted
from studio.library.index.marks import Collection, Marks
from studio.library.labels.labelling import ALL_METADATA, NO_METADATA, Labels, MetadataChoice
from studio.library.labels.metadata import read_record, read_request
from studio.library.library import Library
from studio.library.picture import Parent, ParentRole, Picture, PictureRecord
from studio.library.reading import read_picture
from studio.library.store import Store
from studio.library.upscaling import upscale_request

__all__ = [
    "ALL_METADATA",
    "NO_METADATA",
    "SUFFIXES",
    "Collection",
    "Deleted",
    "Labels",
    "Library",
    "Marks",
    "MetadataChoice",
    "Parent",
    "ParentRole",
    "Picture",
    "PictureFormat",
    "PictureRecord",
    "Store",
    "export_picture",
    "export_pixels",
    "export_stream",
    "output_path",
    "pixel_digest",
    "read_picture",
    "read_record",
    "read_request",
    "safe_name",
    "upscale_request",
    "without_idle_alpha",
]
