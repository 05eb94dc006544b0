"""Parts of a model out of files in their makers' own layouts: whole checkpoints, or one by one."""

from __future__ import annotations

import logging
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import torch
from accelerate import init_empty_weights
from torch import nn

from studio.domain.errors import ModelRefused, StudioError
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.loading.tensors import Shapes, Tensors
from studio.engine.loading.weights import check_numbers, fill, settle

logger = logging.getLogger(__name__)

Converted = Mapping[str, torch.Tensor]


@dataclass(frozen=True, slots=True)
class FilePart:
    """How a part of a model lies in such files.

    It is where a tensor named `sign`, or in another layout one of `others`, is, below one of
    `prefixes`. `make` builds the network, its
    weights still empty, from the axes of the tensors below that prefix; `convert` names those as
    the network does.
    """

    sign: str
    prefixes: tuple[str, ...]
    make: Callable[[Shapes], nn.Module]
    convert: Callable[[dict[str, torch.Tensor], Any], Converted]
    others: tuple[str, ...] = ()

    def find(self, files: Sequence[Tensors]) -> Tensors | None:
        """The part's tensors, in the first file that has it."""
        for file in files:
            for prefix in self.prefixes:
                if any(prefix + sign in file.shapes for sign in (self.sign, *self.others)):
                    return file.below(prefix)
        return None


def load_parts(
    title: str, parts: Mapping[str, FilePart], files: Sequence[Tensors], device: Device
) -> dict[str, nn.Module]:
    """Load each of `parts` of the model with a `title` onto `device`, in its dtype, from the first
    of `files` that has it.

    Raises:
        ModelRefused: a part isn't there, damaged, or of a shape that it can't have.
    """
    return {name: _load_part(title, name, part, files, device) for name, part in parts.items()}


def _load_part(
    title: str, name: str, part: FilePart, files: Sequence[Tensors], device: Device
) -> nn.Module:
    words = name.replace("_", " ")
    found = part.find(files)
    if found is None:
        raise ModelRefused(
            f"“{title}” has no {words}.",
            "Fetch the whole model, or add a file that has it.",
        )
    try:
        with init_empty_weights():
            network = part.make(found.shapes)
        fill(network, part.convert(found.read(device.dtype), network), device)
        settle(network, device)
    except StudioError:
        raise
    except Exception as error:
        # Whatever three libraries may find wrong with tensors of unforeseen shapes; a bug of ours
        # would be here as well, so the log has the traceback.
        if is_out_of_memory(error):
            raise
        logger.warning("can't load %s of %s", name, found.path, exc_info=error)
        raise ModelRefused(
            f"The {words} of “{title}” is damaged or built in a way that the studio doesn't know "
            f"({type(error).__name__}).",
            "Fetch the model again, or choose another.",
        ) from None
    check_numbers(network, title, name)
    return network
