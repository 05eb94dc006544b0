"""Going through folders of models: what may be a model, and what shows that it has changed.

Nothing is opened here: names, sizes and times are enough. Links are followed, a folder is never
visited twice, hidden ones are passed over, and a tree may be as large as it likes: what is beyond
the limits is told.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from studio.catalog.model_files import PICKLES, WEIGHTS
from studio.catalog.part_folders import CONFIG
from studio.catalog.pipelines import INDEX
from studio.catalog.sidecars import SIDECAR_ENDINGS

_MAX_DEPTH: Final = 8
MAX_ENTRIES: Final = 100_000
_MAX_STAMPED: Final = 1_000
_UPSCALERS: Final = frozenset({"upscalers", "upscale_models", "esrgan", "realesrgan"})
_SKIPPED: Final = frozenset({"style", "sams", "__pycache__", "node_modules", "vae_approx"})
# Names that say nothing: diffusers, transformers and peft give them to every file.
_NAMELESS: Final = (
    "diffusion_pytorch_model",
    "pytorch_lora_weights",
    "pytorch_model",
    "adapter_model",
    "learned_embeds",
    "model",
)


@dataclass(frozen=True, slots=True)
class Root:
    """A folder (or a single file) to look through.

    `name` is what it is called if it is a model itself, where its own name says nothing; `names`
    are those of things below it that are known by other names. In a `strict` one everything that
    can't be used is told; elsewhere lies much that is no model at all.
    """

    path: Path
    name: str = ""
    is_strict: bool = True
    names: Mapping[Path, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Candidate:
    """A file or folder that may be a model. `stamp` changes when anything about it does."""

    path: Path
    name: str
    stamp: str
    is_folder: bool
    in_upscalers: bool
    is_strict: bool


@dataclass(frozen=True, slots=True)
class Problem:
    """Something that couldn't be looked through, and why."""

    path: Path
    reason: str


class Walk:
    """One look through any number of roots. `folders` are those that were visited, with the time of
    their last change; `problems` what couldn't be.
    Of each root at most `max_entries` files and folders are read."""

    def __init__(self, max_entries: int = MAX_ENTRIES) -> None:
        self.folders: dict[str, int] = {}
        self.problems: list[Problem] = []
        self._seen: set[tuple[int, int]] = set()
        self._max_entries = max_entries
        self._entries = 0

    def candidates(self, root: Root) -> Iterator[Candidate]:
        """What may be a model, in order of names; a folder's own files come before those below."""
        self._entries = 0
        if root.path.is_file():
            yield from self._single(root)
        else:
            yield from self._below(root, root.path, 0, in_upscalers=_is_for_upscalers(root.path))

    def _single(self, root: Root) -> Iterator[Candidate]:
        if not _is_weights(root.path.name):
            self.problems.append(Problem(root.path, f"{root.path.name} is no file of weights."))
            return
        entries = {entry.name: entry for entry in self._scan(root.path.parent)}
        entry = entries.get(root.path.name)
        stamp = entry and _file_stamp(entry, entries)
        if stamp:
            yield Candidate(root.path, _name(root, root.path), stamp, False, False, root.is_strict)

    def _below(
        self, root: Root, folder: Path, depth: int, in_upscalers: bool
    ) -> Iterator[Candidate]:
        if not self._enter(folder):
            return
        entries = {entry.name: entry for entry in self._scan(folder)}
        if INDEX in entries or (depth and _is_part(entries)) or (root.name and _is_part(entries)):
            stamp = self._folder_stamp(folder)
            name = _name(root, folder)
            yield Candidate(folder, name, stamp, True, in_upscalers, root.is_strict)
            return
        folders = []
        for entry in entries.values():
            if entry.name.startswith(".") or entry.name in _SKIPPED:
                continue
            if _is_folder(entry):
                folders.append(folder / entry.name)
            elif _is_weights(entry.name):
                path = folder / entry.name
                if stamp := _file_stamp(entry, entries):
                    yield Candidate(
                        path, _name(root, path), stamp, False, in_upscalers, root.is_strict
                    )
        if depth == _MAX_DEPTH and folders:
            self.problems.append(Problem(folder, "Folders nested deeper than this aren't read."))
            return
        for path in folders:
            yield from self._below(root, path, depth + 1, in_upscalers or _is_for_upscalers(path))

    def _enter(self, folder: Path) -> bool:
        """Whether the folder is there and wasn't visited yet, perhaps by another way."""
        try:
            status = folder.stat()
        except OSError:
            return False  # a folder that isn't there holds no models
        key = (status.st_dev, status.st_ino)
        if key in self._seen:
            return False
        self._seen.add(key)
        self.folders[str(folder)] = status.st_mtime_ns
        return True

    def _scan(self, folder: Path) -> list[os.DirEntry[str]]:
        found: list[os.DirEntry[str]] = []
        try:
            with os.scandir(folder) as entries:
                for entry in entries:
                    self._entries += 1
                    if self._entries > self._max_entries:
                        reason = (
                            f"Of this tree only the first {self._max_entries:,} entries are read."
                        )
                        self.problems.append(Problem(folder, reason))
                        break
                    found.append(entry)
        except OSError as error:
            reason = f"This folder can't be read: {error.strerror}."
            self.problems.append(Problem(folder, reason))
        return sorted(found, key=lambda entry: entry.name)

    def _folder_stamp(self, folder: Path) -> str:
        """Sizes and times of the files in a model's folder and those just below it."""
        inner = self._scan(folder)
        below = [
            folder / entry.name
            for entry in inner
            if _is_folder(entry) and not entry.name.startswith(".")
        ]
        marks = _marks(folder, inner)
        for place in below:
            with suppress(OSError):
                self.folders[str(place)] = place.stat().st_mtime_ns
                marks += _marks(place, self._scan(place))
        return hashlib.sha256("\n".join(marks).encode(errors="surrogateescape")).hexdigest()


def _marks(folder: Path, entries: list[os.DirEntry[str]]) -> list[str]:
    return [
        f"{folder.name}/{entry.name}:{_mark(entry)}"
        for entry in entries[:_MAX_STAMPED]
        if not _is_folder(entry)
    ]


def _name(root: Root, path: Path) -> str:
    if (known := root.names.get(path)) is not None:
        return known
    if path == root.path and root.name:
        return root.name
    if path.suffix.lower() in WEIGHTS or path.suffix.lower() in PICKLES:
        if path.stem.split(".")[0] in _NAMELESS:
            return root.name if root.name and path.parent == root.path else path.parent.name
        return path.stem
    return path.name


def _is_weights(name: str) -> bool:
    suffix = os.path.splitext(name)[1].lower()  # noqa: PTH122 -- of a name, thousands of times
    return suffix in WEIGHTS or suffix in PICKLES


def _is_part(entries: Mapping[str, os.DirEntry[str]]) -> bool:
    """Whether a folder holds one network: a config, and weights under a name that says nothing."""
    return CONFIG in entries and any(
        name.startswith(_NAMELESS) and _is_weights(name) for name in entries
    )


def _is_folder(entry: os.DirEntry[str]) -> bool:
    try:
        return entry.is_dir()
    except OSError:
        return False


def _is_for_upscalers(path: Path) -> bool:
    return path.name.lower() in _UPSCALERS


def _file_stamp(entry: os.DirEntry[str], entries: Mapping[str, os.DirEntry[str]]) -> str:
    """Size and time of a file and of what lies beside it to tell of it; empty if it is gone."""
    own = _mark(entry)
    stem = os.path.splitext(entry.name)[0]  # noqa: PTH122
    beside = [_mark(entries[stem + end]) for end in SIDECAR_ENDINGS if stem + end in entries]
    return " ".join([own, *beside]) if own else ""


def _mark(entry: os.DirEntry[str]) -> str:
    try:
        status = entry.stat()
    except OSError:
        return ""
    return f"{status.st_size}@{status.st_mtime_ns}"
