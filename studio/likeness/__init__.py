"""Which pictures look alike: features of what is in them and of their colours. torch, no Qt."""

from studio.likeness.likeness import LENGTH, VERSION, Likeness

__all__ = ["LENGTH", "VERSION", "Likeness"]
