"""Which models are on this disk and what they are, without loading any of them."""

from studio.catalog.cards import ModelCard
from studio.catalog.catalog import Catalog
from studio.catalog.checksums import Checksums
from studio.catalog.places import Layout, Place
from studio.catalog.probe import Header, TensorInfo, read_header
from studio.catalog.records import Refusal

__all__ = [
    "Catalog",
    "Checksums",
    "Header",
    "Layout",
    "ModelCard",
    "Place",
    "Refusal",
    "TensorInfo",
    "read_header",
]
