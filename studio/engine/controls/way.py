"""What it takes for networks to guide models of one family."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from pathlib import Path
from typing import Any, ClassVar

import torch

from studio.domain.addons import AddonKind
from studio.domain.control import Control
from studio.domain.request import Request
from studio.engine.controls.control import BoundControl
from studio.engine.loading.tensors import Shapes


class ControlWay(ABC):
    """How networks that guide one family's models are read from the disk and bound.

    `classes` are diffusers' for their folders, by kind.
    """

    classes: ClassVar[Mapping[AddonKind, Any]]

    def of_folder(self, kind: AddonKind, folder: Path) -> tuple[Any, Mapping[str, Any]]:
        """The class of the network in a folder, and what its weights know better than its
        configuration."""
        return self.classes[kind], {}

    @abstractmethod
    def of_file(
        self, kind: AddonKind, tensors: dict[str, torch.Tensor], family: Any
    ) -> tuple[Any, Mapping[str, torch.Tensor]]:
        """The network that a file with these tensors holds, its weights still empty, and the
        tensors by the names that it knows them by."""

    @abstractmethod
    def fits(self, network: Any, family: Any) -> bool:
        """Whether a network was made for models like this one."""

    @abstractmethod
    def bind(
        self,
        network: Any,
        picture: torch.Tensor,
        control: Control,
        request: Request,
        family: Any,
    ) -> BoundControl:
        """A network with its picture (1, 3, H, W) in [0, 1], of the size of what is drawn.

        Raises:
            ModelRefused: it wants to see something else.
        """


def shapes_of(tensors: Mapping[str, torch.Tensor]) -> Shapes:
    """Their axes."""
    return {name: tuple(tensor.shape) for name, tensor in tensors.items()}
