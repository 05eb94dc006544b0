"""The colour space of every picture here, as exported files name it."""

from __future__ import annotations

from functools import cache

from studio.domain.resources import RESOURCES


@cache
def srgb_profile() -> bytes:
    """The ICC profile of sRGB, as LittleCMS builds it from the standard's numbers."""
    return (RESOURCES / "colour" / "srgb.icc").read_bytes()
