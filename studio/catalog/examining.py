"""From something that may be a model to what it is, or why it can't be used."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

from studio.catalog.diffusers_folders import read_model
from studio.catalog.layouts import Candidate
from studio.catalog.model_files import read_model_file, read_weights_header
from studio.catalog.part_folders import read_part_folder
from studio.catalog.pipelines import INDEX
from studio.catalog.records import Entry, Refusal
from studio.catalog.upscalers import read_upscaler
from studio.domain.errors import ModelRefused

_NAME_BYTES: Final = 255


def examine(candidate: Candidate) -> Entry | None:
    """What a candidate is; None for what is neither listed nor told. Never raises for a file's
    sake. Reads headers and small files only."""
    path = candidate.path
    try:
        _check_name(candidate.name)
        if candidate.is_folder:
            return _folder(path, candidate.name)
        if candidate.in_upscalers:
            return read_upscaler(path)
        return read_model_file(path, candidate.name)
    except ModelRefused as error:
        return Refusal(path, str(error)) if _is_to_be_told(candidate) else None
    except OSError as error:
        return Refusal(path, f"{path.name} can't be read: {error.strerror}.")


def probe(path: Path) -> Entry | None:
    """What any file or folder is, wherever it lies; None for a network that serves styles.

    Raises:
        ModelRefused: it can't be used; the sentence says why.
    """
    if path.is_dir():
        return _folder(path, path.name)
    return read_model_file(path, path.stem)


def _folder(path: Path, name: str) -> Entry:
    if (path / INDEX).is_file():
        return read_model(path, name)
    return read_part_folder(path, name)


def _check_name(name: str) -> None:
    """A name goes into requests, pictures' metadata and menus: it must be text in one line."""
    encoded = os.fsencode(name)
    try:
        encoded.decode()
    except UnicodeDecodeError:
        raise ModelRefused(
            "Its name isn't written in UTF-8.", "Give the file a name of letters and digits."
        ) from None
    if not name.strip() or not name.isprintable() or len(encoded) > _NAME_BYTES:
        raise ModelRefused(
            "Its name has characters that can't be shown.",
            "Give the file a name of letters and digits.",
        )


def _is_to_be_told(candidate: Candidate) -> bool:
    """Where much else lies, only what is damaged or unsafe is told, and what is nearly a model."""
    if candidate.is_strict:
        return True
    if candidate.is_folder:
        return (candidate.path / INDEX).is_file() and _has_weights(candidate.path)
    try:
        read_weights_header(candidate.path)
    except ModelRefused:
        return True
    return False


def _has_weights(folder: Path) -> bool:
    """A folder of configs alone was fetched beside a single file; nobody misses its weights."""
    return any(folder.glob("*/*.safetensors")) or any(folder.glob("*/*.bin"))
