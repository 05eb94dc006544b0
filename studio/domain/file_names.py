"""One function makes every name that the studio gives a file."""

from __future__ import annotations

import re
import unicodedata
from typing import Final

MAX_NAME_BYTES: Final = 120
_MAX_SUFFIX_BYTES: Final = 16
_PUNCTUATION: Final = frozenset(" -_.,+=()")
# Windows opens these as devices, with any suffix, in any folder.
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|(?:com|lpt)[0-9¹²³])(?:\..*)?", re.IGNORECASE)


def safe_name(text: str) -> str:
    """`text` as the name of one file: at most 120 bytes of UTF-8, never empty, never hidden.

    Letters, digits and a few signs of any script stay; everything else becomes “_”. The suffix
    is kept when the name is shortened.
    """
    text = unicodedata.normalize("NFC", text)
    name = "".join(char if char.isalnum() or char in _PUNCTUATION else "_" for char in text)
    name = name.lstrip(". ").rstrip(". ")
    if _DEVICES.fullmatch(name.replace(" ", "")):
        name = f"_{name}"
    return _shortened(name) or "_"


def _shortened(name: str) -> str:
    if len(name.encode()) <= MAX_NAME_BYTES:
        return name
    stem, dot, suffix = name.rpartition(".")
    if not stem or len(suffix.encode()) >= _MAX_SUFFIX_BYTES:
        stem, dot, suffix = name, "", ""
    room = MAX_NAME_BYTES - len((dot + suffix).encode())
    stem = stem.encode()[:room].decode(errors="ignore").rstrip(". ")
    return f"{stem}{dot}{suffix}"
