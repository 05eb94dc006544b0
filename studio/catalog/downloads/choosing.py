"""Which files of a repository the studio needs: safetensors and what describes them; no pickles,
no programs, no other frameworks' weights. Pure functions of its listing."""

from __future__ import annotations

import fnmatch
import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from pathlib import PurePosixPath
from typing import Any, Final

from studio.catalog.downloads.plan import RemoteFile
from studio.catalog.model_files import PICKLES, WEIGHTS
from studio.catalog.part_folders import CONFIG
from studio.catalog.pipelines import INDEX
from studio.domain.errors import DownloadError

# Tokenizers' vocabularies and templates among them. No loader runs any of these as a program.
_DESCRIBING: Final = frozenset({".json", ".txt", ".model", ".jinja"})
_TOP_LEVEL: Final = re.compile(r"(?:README|LICEN[SC]E|NOTICE)(?:\.(?:md|txt))?", re.IGNORECASE)
# diffusers' and transformers' names, with the variant and the number of the piece in them.
_STANDARD: Final = re.compile(
    r"(?P<stem>diffusion_pytorch_model|model)"
    r"(?:\.(?P<variant>[A-Za-z0-9_]+))?(?:-\d{5}-of-\d{5})?\.safetensors"
)
_PIECES: Final = re.compile(
    r"(?:diffusion_pytorch_model|model)(?:\.[A-Za-z0-9_]+)?\.safetensors\.index"
    r"(?:\.[A-Za-z0-9_]+)?\.json"
)
# It judges finished pictures; the studio never loads it.
_NOT_NEEDED: Final = frozenset({"safety_checker"})
_MAX_SHOWN: Final = 10


def files_of_pipeline(
    files: Sequence[RemoteFile], index: Mapping[str, Any], variant: str
) -> list[RemoteFile]:
    """What a folder in diffusers' layout needs: `index` is its model_index.json.

    Where a part has no weights of the variant asked for, its plain ones are taken.

    Raises:
        DownloadError: one of its parts has no safetensors.
    """
    parts = [
        part
        for part, entry in index.items()
        if isinstance(entry, list) and entry[:1] != [None] and part not in _NOT_NEEDED
    ]
    by_folder = defaultdict(list)
    for file in files:
        folder, _, name = file.path.rpartition("/")
        by_folder[folder].append((name, file))
    chosen = [file for name, file in by_folder[""] if name == INDEX or _TOP_LEVEL.fullmatch(name)]
    for part in parts:
        chosen += _files_of_part(part, by_folder.get(part, []), variant)
    return chosen


def files_of_component(files: Sequence[RemoteFile], variant: str) -> list[RemoteFile] | None:
    """What a single network in diffusers' or transformers' layout needs (a ControlNet, a VAE):
    its config.json and weights at the top. None if the repository isn't one.

    Raises:
        DownloadError: it is one, but has no safetensors.
    """
    top = [(file.path, file) for file in files if "/" not in file.path]
    names = {name for name, _ in top}
    if CONFIG not in names or not any(
        _STANDARD.fullmatch(name) or PurePosixPath(name).suffix in PICKLES for name in names
    ):
        return None
    about = [file for name, file in top if _TOP_LEVEL.fullmatch(name)]
    wanted = [(name, file) for name, file in top if name != INDEX]
    return about + _files_of_part("the model", wanted, variant)


def files_matching(files: Iterable[RemoteFile], pattern: str) -> list[RemoteFile]:
    """The files that a person named, by path or with “*”: weights, and what describes them.

    Raises:
        DownloadError: none matches, or those that do are pickles or no weights.
    """
    found = [file for file in files if fnmatch.fnmatchcase(file.path, pattern)]
    usable = [file for file in found if _suffix(file) in WEIGHTS | _DESCRIBING]
    if any(_suffix(file) in WEIGHTS for file in usable):
        return usable
    if any(_suffix(file) in PICKLES for file in found):
        raise DownloadError(
            f"“{pattern}” is a pickle, which can run any program when it is opened.",
            "Choose the safetensors file instead.",
        )
    raise DownloadError(
        f"No weights in the repository are called “{pattern}”.",
        f"There are: {in_words(files)}.",
    )


def only_weights(files: Sequence[RemoteFile]) -> RemoteFile:
    """The one safetensors file at the top of a repository that holds nothing else.

    Raises:
        DownloadError: there are several, or none.
    """
    top = [file for file in files if "/" not in file.path and _suffix(file) == ".safetensors"]
    if len(top) == 1:
        return top[0]
    if top or any(_suffix(file) in WEIGHTS for file in files):
        raise DownloadError(
            "The repository holds several files of weights.",
            f"Write org/name:file for one of: {in_words(files)}.",
        )
    raise DownloadError(
        "The repository holds no weights that the studio opens (safetensors).",
        "Look for the model at another place.",
    )


def in_words(files: Iterable[RemoteFile]) -> str:
    """The first few files of weights, by path."""
    names = sorted(file.path for file in files if _suffix(file) in WEIGHTS)
    more = f" and {len(names) - _MAX_SHOWN} more" if len(names) > _MAX_SHOWN else ""
    return ", ".join(names[:_MAX_SHOWN]) + more or "none"


def _files_of_part(
    part: str, named: Sequence[tuple[str, RemoteFile]], variant: str
) -> list[RemoteFile]:
    """A part's descriptions, and its weights of one variant."""
    chosen = [
        file
        for name, file in named
        if PurePosixPath(name).suffix in _DESCRIBING and not _PIECES.fullmatch(name)
    ]
    by_variant = defaultdict(list)
    for name, file in named:
        if found := _STANDARD.fullmatch(name):
            by_variant[found["variant"] or ""].append(file)
    if not by_variant:
        if any(PurePosixPath(name).suffix in PICKLES for name, _ in named):
            raise DownloadError(
                f"The repository has {part} only as a pickle, which can run any program.",
                "Look for one that has safetensors.",
            )
        return chosen
    wanted = next((each for each in (variant, "", "fp16", "bf16") if each in by_variant), None)
    if wanted is None:
        raise DownloadError(
            f"The repository has {part} only as {', '.join(sorted(by_variant))}.",
            "Name one of these as the variant.",
        )
    weights = by_variant[wanted]
    if len(weights) > 1:
        chosen += [file for name, file in named if _is_list_of_pieces(name, wanted)]
    return chosen + weights


def _is_list_of_pieces(name: str, variant: str) -> bool:
    """Whether a JSON file says in which piece each tensor of this variant lies."""
    if not _PIECES.fullmatch(name):
        return False
    said = name.replace("diffusion_pytorch_model", "").replace("model", "", 1)
    marks = [word for word in said.split(".") if word not in ("", "safetensors", "index", "json")]
    return marks == ([variant] if variant else [])


def _suffix(file: RemoteFile) -> str:
    return PurePosixPath(file.path).suffix
