"""Networks by which styles are compared, installed by the artist."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

FOLDER: Final = "style"
_VGG_PATTERN: Final = "vgg19*.safetensors"


def find_vgg(folders: Sequence[Path]) -> Path | None:
    """The first file named vgg19*.safetensors in folders of models or in “style” below them."""
    for folder in folders:
        for place in (folder, folder / FOLDER):
            if found := sorted(path for path in place.glob(_VGG_PATTERN) if path.is_file()):
                return found[0]
    return None
