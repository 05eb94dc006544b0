"""Fetching models from Hugging Face or any address: nothing here runs until somebody asks."""

from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.disk import size_in_words
from studio.catalog.downloads.download import Download, State
from studio.catalog.downloads.downloads import Downloads
from studio.catalog.downloads.http_client import HttpClient
from studio.catalog.downloads.offer import Need, Offer
from studio.catalog.downloads.patience import Patience
from studio.catalog.downloads.sources import Address, Repository, read_source
from studio.catalog.downloads.tokens import Tokens

__all__ = [
    "Address",
    "Destination",
    "Download",
    "Downloads",
    "HttpClient",
    "Need",
    "Offer",
    "Patience",
    "Repository",
    "State",
    "Tokens",
    "read_source",
    "size_in_words",
]
