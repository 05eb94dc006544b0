"""The artwork being edited, without a window."""

from studio.document.artwork import Artwork, StartPicture

__all__ = ["Artwork", "StartPicture"]
