"""The cache that Hugging Face's libraries share: “models--org--name” with the files of each
revision as links.

Source: huggingface_hub's description of its cache. Of several revisions the one counts that
“refs/main” names, or else the newest.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

from studio.catalog.layouts.walk import Root

_REPOSITORY: Final = "models--"
_MAX_REPOSITORIES: Final = 2_000
_MAX_REVISION_CHARS: Final = 100


def is_cache(path: Path) -> bool:
    """Whether this is the cache, or the folder above it."""
    return bool(_repositories(path) or _repositories(path / "hub"))


def roots(path: Path) -> tuple[Root, ...]:
    """The revision of each repository that is in use. Most of them are no models for pictures, so
    only what is known is told."""
    found = []
    for repository in _repositories(path) or _repositories(path / "hub"):
        revision = _revision(repository)
        if revision is not None:
            name = repository.name.removeprefix(_REPOSITORY).split("--")[-1]
            found.append(Root(revision, name, is_strict=False))
    return tuple(found)


def _repositories(folder: Path) -> list[Path]:
    try:
        found = [path for path in folder.iterdir() if path.name.startswith(_REPOSITORY)]
    except OSError:
        return []
    return sorted(path for path in found if (path / "snapshots").is_dir())[:_MAX_REPOSITORIES]


def _revision(repository: Path) -> Path | None:
    snapshots = repository / "snapshots"
    try:
        with (repository / "refs" / "main").open(encoding="ascii") as file:
            name = file.read(_MAX_REVISION_CHARS).strip()
        if name.isalnum() and (snapshots / name).is_dir():
            return snapshots / name
    except (OSError, ValueError):
        pass  # without the reference the newest one counts
    try:
        folders = [path for path in snapshots.iterdir() if path.is_dir()]
        return max(folders, key=lambda path: path.stat().st_mtime_ns, default=None)
    except OSError:
        return None
