"""What rows of likeness can be compared with one another."""

from __future__ import annotations

from typing import Final

LIKENESS_VERSION: Final = 1
"""Raised whenever the same picture would get other numbers: older rows are made anew then."""
