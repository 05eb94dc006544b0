"""Segmenters for tests without networks: what a catalog says of one, and what one might answer."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.geometry import Box, Size
from studio.engine.segmenting import Candidate, Candidates


def a_segmenter(name: str = "sam-vit-base") -> AddonInfo:
    """One that finds things."""
    path = Path("/nowhere/segmentation") / name
    return AddonInfo(name, "Sam Vit Base", AddonKind.SEGMENTER, "", path, "sam")


def boxes_found(size: Size, *boxes: Box) -> Candidates:
    """A rectangle for each box, the best guess first."""
    return Candidates(
        tuple(
            Candidate(size, _logits(size, box), 0.9 - 0.1 * number)
            for number, box in enumerate(boxes)
        )
    )


def _logits(size: Size, box: Box) -> Any:
    logits = np.full((size.height, size.width), -5.0, np.float32)
    logits[box.slices] = 5
    return logits
