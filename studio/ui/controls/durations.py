"""Durations as a person reads them."""

from __future__ import annotations


def duration_text(seconds: float) -> str:
    """ "8 s", "3 min 05 s" or "2 h 10 min"; at least one second."""
    whole = max(1, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02} min"
