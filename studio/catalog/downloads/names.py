"""One function makes every name under which a download is stored."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import unquote, urlsplit

from studio.domain.errors import DownloadError
from studio.domain.file_names import safe_name

_MAX_DEPTH: Final = 8
_QUOTED: Final = re.compile(r'filename="((?:[^"\\]|\\.)*)"', re.IGNORECASE)
_BARE: Final = re.compile(r"filename=([^\s;\"]+)", re.IGNORECASE)
_ENCODED: Final = re.compile(r"filename\*=utf-8'[^']*'([^\s;]+)", re.IGNORECASE)


def clean_name(text: str) -> str:
    """`text` as the name of one file, safe on every system: never empty, never hidden, never a
    path, at most 120 bytes; its suffix is kept when it is shortened."""
    return safe_name(text.replace("\\", "/").rpartition("/")[2])


def repository_path(path: str) -> str:
    """A file's path as a repository lists it, unchanged: what it is called matters to loaders.

    Raises:
        DownloadError: one of its parts isn't what `clean_name` would make of it, so that it might
            lead out of the folder or mean something else on another system.
    """
    parts = path.split("/")
    if not path or len(parts) > _MAX_DEPTH or any(part != clean_name(part) for part in parts):
        shown = "".join(char if char.isprintable() else "�" for char in path[:100])
        raise DownloadError(
            f"The repository lists a file with an unusable name: “{shown}”.",
            "Nothing of it was fetched; look for the model at another place.",
        )
    return str(PurePosixPath(*parts))


def name_from_answer(url: str, content_disposition: str) -> str:
    """What a file is to be called that comes from `url`: the server's word for it counts first."""
    for pattern in (_ENCODED, _QUOTED, _BARE):
        if found := pattern.search(content_disposition[:2_000]):
            return clean_name(unquote(found[1]) if pattern is _ENCODED else found[1])
    return clean_name(unquote(urlsplit(url).path.rstrip("/")))
