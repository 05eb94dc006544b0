"""Pentimento: an art studio in which every step that led to a picture stays."""

__version__ = "0.1.0"
