"""Which models are on this disk and what they are, without loading any of them."""

from studio.catalog.catalog import Catalog, Refusal
from studio.catalog.checksums import Checksums
from studio.catalog.probe import Header, TensorInfo, read_header

__all__ = ["Catalog", "Checksums", "Header", "Refusal", "TensorInfo", "read_header"]
