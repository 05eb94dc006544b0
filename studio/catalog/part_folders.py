"""A folder with one network in diffusers' or transformers' layout: a config and its weights."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_object
from studio.catalog.kinds import FileKind, Finding, Weights, classify, find_annotator
from studio.catalog.model_files import PICKLES, addon_of
from studio.catalog.probe import MAX_TENSORS, Header, TensorInfo, read_header
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelRefused

CONFIG: Final = "config.json"
_INDEX: Final = ".safetensors.index.json"
_MAX_FILES: Final = 200
# By which factor a VAE scales its latents tells whose it is (diffusers' configs of the originals).
_SCALINGS: Final = {0.18215: "sd", 0.13025: "sdxl", 1.5305: "sd3", 0.3611: "flux"}


@dataclass(frozen=True, slots=True)
class Part:
    """The weights of one part: its files' headers as one, and how many bytes they are."""

    header: Header
    size_bytes: int


def read_part(folder: Path) -> Part:
    """Make sure that a part has whole safetensors files and no need of a pickle.

    Of files in several precisions ("name.fp16.safetensors" beside "name.safetensors") those without
    a variant in their name count, as they do for whoever loads the folder.

    Raises:
        ModelRefused: it hasn't; the sentence says what is wrong, and names the folder as the part.
    """
    files = _files(folder)
    weights = [file for file in files if file.suffix == ".safetensors"]
    if not weights:
        raise _without_weights(folder, files)
    _check_shards(folder, files)
    headers = {file: read_header(file) for file in weights}
    chosen = _without_variants(weights)
    tensors: dict[str, TensorInfo] = {}
    metadata: dict[str, str] = {}
    for file in chosen:
        tensors.update(headers[file].tensors)
        metadata.update(headers[file].metadata)
        if len(tensors) > MAX_TENSORS:
            raise ModelRefused(f"{folder.name} lists more than {MAX_TENSORS} tensors.")
    return Part(Header(tensors, metadata), sum(file.stat().st_size for file in chosen))


def read_part_folder(folder: Path, name: str) -> AddonInfo:
    """What a folder with one network is, called `name`.

    Raises:
        ModelRefused: unsafe, damaged or nothing that the studio knows; the sentence says which.
    """
    config = read_object(folder / CONFIG)
    part = read_part(folder)
    finding = find_annotator(config, Weights(part.header, name)) or classify(part.header, name)
    if isinstance(finding.kind, FileKind):
        raise ModelRefused(f"{name[:80]} is no part that the studio loads from a folder.")
    finding = replace(finding, family=_family(config, finding))
    return addon_of(folder, name, part.header, finding, part.size_bytes)


def _family(config: dict[str, Any], finding: Finding) -> str:
    if finding.kind is AddonKind.VAE:
        scaling = config.get("scaling_factor")
        if isinstance(scaling, float) and scaling in _SCALINGS:
            return _SCALINGS[scaling]
    return finding.family


def _files(folder: Path) -> list[Path]:
    try:
        return sorted(folder.iterdir())[:_MAX_FILES]
    except OSError:
        return []


def _without_variants(weights: list[Path]) -> list[Path]:
    """“a.safetensors” and “a-00001-of-00002.safetensors”, not “a.fp16.safetensors”."""
    plain = [file for file in weights if "." not in file.stem]
    if plain:
        return plain
    variant = weights[0].stem.rpartition(".")[2].split("-")[0]
    return [file for file in weights if file.stem.rpartition(".")[2].split("-")[0] == variant]


def _check_shards(folder: Path, files: list[Path]) -> None:
    there = {file.name for file in files}
    for index in (file for file in files if file.name.endswith(_INDEX)):
        for shard in sorted(set(_shards(read_object(index)))):
            if shard not in there:
                raise ModelRefused(
                    f"The model is incomplete: its {_called(folder)} lacks {shard[:80]}.",
                    "Fetch the model again.",
                )


def _shards(index: dict[str, Any]) -> Iterator[str]:
    files = index.get("weight_map")
    if isinstance(files, dict):
        yield from (name for name in files.values() if isinstance(name, str))


def _without_weights(folder: Path, files: list[Path]) -> ModelRefused:
    if pickles := [file for file in files if file.suffix in PICKLES]:
        return ModelRefused(
            f"Its {_called(folder)} is a pickle ({pickles[0].name}), "
            "which can run any program when opened.",
            "Fetch the model's safetensors files instead.",
        )
    return ModelRefused(
        f"The model is incomplete: its {_called(folder)} has no weights.", "Fetch the model again."
    )


def _called(folder: Path) -> str:
    return folder.name.replace("_", " ")
