"""The network that the optimised method sees with: VGG-19 where it is installed, or else ours."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final, TypeVar

import torch
from safetensors import SafetensorError
from safetensors.torch import load_file
from torch import nn

from studio.catalog import read_header
from studio.catalog.style_networks import find_vgg
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.resources import RESOURCES
from studio.style.features.extractor import FeatureExtractor
from studio.style.features.inception import InceptionStem
from studio.style.features.vgg import VGG19

OWN: Final = RESOURCES / "styles" / "features" / "inception-stem.safetensors"
_MAX_PARAMETERS: Final = 200_000_000

Network = TypeVar("Network", bound=nn.Module)


def load_extractor(folders: Sequence[Path], device: torch.device) -> FeatureExtractor:
    """The best extractor there is in folders of models, in float32, on `device`.

    Raises:
        ModelNotFound: not even the one that comes with the studio is there.
        ModelRefused: the file is damaged or holds something else.
    """
    if (path := find_vgg(folders)) is not None:
        return _load(VGG19(), path, device, "Fetch the file again, or take it away.")
    if not OWN.is_file():
        raise ModelNotFound("The network that sees styles is missing.", "Install the studio again.")
    return _load(InceptionStem(), OWN, device, "Install the studio again.")


def _load(network: Network, path: Path, device: torch.device, remedy: str) -> Network:
    names = network.state_dict().keys()
    try:
        if read_header(path).parameters > _MAX_PARAMETERS:
            raise ModelRefused(f"{path.name} is larger than the network it is named for.", remedy)
        stored = load_file(path)
        # VGG's file holds a classifier, too, and layers behind those that are used.
        network.load_state_dict({name: stored[name].float() for name in names})
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise ModelRefused(
            f"{path.name} is damaged, or not the network it is named for ({type(error).__name__}).",
            remedy,
        ) from error
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)
