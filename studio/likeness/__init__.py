"""Which pictures look alike: features of what is in them and of their colours. torch, no Qt."""

from studio.likeness.likeness import LENGTH, Likeness

__all__ = ["LENGTH", "Likeness"]
