"""Which upscalers are on this disk: single safetensors files, known from their headers."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Final

from studio.catalog.probe import Header, read_header
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.resources import RESOURCES
from studio.domain.upscalers import Architecture, UpscalerInfo, UpscalerName

FOLDER: Final = "upscalers"
# Of those that come along: resources/models/upscalers/LICENSE.txt.
_LICENCE: Final = "BSD-3-Clause"
_MAX_PARAMETERS: Final = 200_000_000
_PICKLES: Final = frozenset({".pth", ".pt", ".ckpt", ".bin", ".pkl"})
_SIGNS: Final = (
    (("body.0.weight", "body.1.weight"), Architecture.COMPACT),
    (
        ("conv_first.weight", "body.0.rdb1.conv1.weight", "conv_up2.weight"),
        Architecture.RESIDUAL_DENSE,
    ),
    # The same network under the names of older files.
    (
        ("conv_first.weight", "RRDB_trunk.0.RDB1.conv1.weight", "upconv2.weight"),
        Architecture.RESIDUAL_DENSE,
    ),
    (
        ("model.0.weight", "model.1.sub.0.RDB1.conv1.0.weight", "model.10.weight"),
        Architecture.RESIDUAL_DENSE,
    ),
)
_TITLES: Final[Mapping[str, str]] = {UpscalerName.FAST: "Fast", UpscalerName.FINE: "Fine, slow"}


def shipped_upscaler(name: str) -> UpscalerInfo:
    """One of those that come with the studio.

    Raises:
        ModelNotFound: none of this name does.
        ModelRefused: its file is damaged.
    """
    path = RESOURCES / "models" / FOLDER / f"{name}.safetensors"
    if name not in tuple(UpscalerName) or not path.is_file():
        raise ModelNotFound(f"The upscaler “{name}” is missing.", "Install the studio again.")
    return read_upscaler(path)


def read_upscaler(path: Path) -> UpscalerInfo:
    """What the studio knows about the upscaler in a file before it loads it.

    Raises:
        ModelRefused: unsafe, damaged, too large or of another kind; the sentence says which.
    """
    if path.suffix in _PICKLES:
        raise ModelRefused(
            f"{path.name} is a pickle, which can run any program when it is opened.",
            "Fetch the upscaler as a safetensors file instead.",
        )
    header = read_header(path)
    if header.parameters > _MAX_PARAMETERS:
        raise ModelRefused(f"{path.name} is larger than any upscaler the studio knows.")
    architecture = find_architecture(header)
    if architecture is None:
        raise ModelRefused(
            f"{path.name} holds no upscaler of a kind that the studio runs.",
            "It runs Real-ESRGAN's: SRVGGNetCompact, and RRDBNet for 4×.",
        )
    return UpscalerInfo(path.stem, _TITLES.get(path.stem, path.stem), path, architecture)


def as_addon(upscaler: UpscalerInfo) -> AddonInfo:
    """The upscaler as one of the files that go with any model. Looks how large it is."""
    try:
        size_bytes = upscaler.path.stat().st_size
    except OSError:
        size_bytes = 0
    return AddonInfo(
        upscaler.name,
        upscaler.title,
        AddonKind.UPSCALER,
        "",
        upscaler.path,
        variant=upscaler.architecture,
        size_bytes=size_bytes,
        licence=_LICENCE if upscaler.path.is_relative_to(RESOURCES) else "unknown",
    )


def find_architecture(header: Header) -> Architecture | None:
    """By the published state dicts' names and the shape of the first weights, (out, in, 3, 3)."""
    for names, architecture in _SIGNS:
        first = header.tensors.get(names[0])
        if first and first.shape[1:] == (3, 3, 3) and header.tensors.keys() >= set(names):
            return architecture
    return None
