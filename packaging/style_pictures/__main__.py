"""The style pictures that are our own, painted by rule: the same ones every time.

python packaging/style_pictures FOLDER
"""

from __future__ import annotations

import io
import sys
from pathlib import Path
from typing import Final

import brushes
import pieces
import prints
import scenes
from canvas import HEIGHT, WIDTH, image
from PIL import Image

_BEST_QUALITY: Final = 85
_MOST_BYTES: Final = 110_000
_PAPER: Final = (150, 108, 116)
_PICTURES: Final = {
    "breaking-wave": prints.wave,
    "cut-paper-garden": pieces.cut_paper,
    "etched-ruin": lambda: prints.etching(scenes.ruin()),
    "ink-mountains": prints.ink_mountains,
    "lavender-field": lambda: brushes.oil(*scenes.lavender(), seed=1),
    "pastel-dunes": lambda: brushes.chalk(*scenes.dunes(), seed=3, ground=_PAPER),
    "sails-in-dots": lambda: brushes.dots(scenes.river(), seed=2),
    "stained-glass-tree": pieces.glass,
}


def main() -> None:
    folder = Path(sys.argv[1])
    for name, paint in _PICTURES.items():
        picture = image(paint()).resize((WIDTH // 2, HEIGHT // 2), Image.Resampling.LANCZOS)
        (folder / f"{name}.jpg").write_bytes(_jpeg(picture))


def _jpeg(picture: Image.Image) -> bytes:
    """As good as fits into the size that a style picture may have."""
    content = b""
    for quality in range(_BEST_QUALITY, 50, -3):
        file = io.BytesIO()
        picture.save(file, "JPEG", quality=quality, optimize=True, progressive=True)
        content = file.getvalue()
        if len(content) <= _MOST_BYTES:
            break
    return content


if __name__ == "__main__":
    main()
