"""A job between two steps, as tensors on the device and as the studio keeps it on the disk.

Beside the latents, a step depends on what the scheduler remembers (the last model outputs of a
multistep method, its place in the schedule) and on where the generators are. All of it is kept.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

import numpy as np
import torch
from numpy.typing import NDArray

from studio.domain.errors import RequestError
from studio.domain.events import StepSnapshot

_MISSING: Final = object()
_CONFIGURATION: Final = "_internal_dict"


@dataclass(frozen=True, slots=True)
class SchedulerState:
    """Attributes of a scheduler by name: tensors, plain values, and lists of those."""

    attributes: Mapping[str, Any]

    @classmethod
    def of(cls, scheduler: Any) -> SchedulerState:
        """What `scheduler` holds now, tuples as lists. Tensors are not copied: schedulers replace,
        never change."""
        return cls(
            {
                name: list(value) if isinstance(value, list | tuple) else value
                for name, value in vars(scheduler).items()
                if name != _CONFIGURATION
            }
        )

    def since(self, earlier: SchedulerState) -> SchedulerState:
        """The attributes that are new or different."""
        before = earlier.attributes
        return SchedulerState(
            {
                name: value
                for name, value in self.attributes.items()
                if not _same(value, before.get(name, _MISSING))
            }
        )

    def apply_to(self, scheduler: Any) -> None:
        """Give `scheduler` these attributes.

        Raises:
            RequestError: one of them would hide something of the scheduler's class.
        """
        if any(n == _CONFIGURATION or hasattr(type(scheduler), n) for n in self.attributes):
            raise _damaged()
        for name, value in self.attributes.items():
            setattr(scheduler, name, list(value) if isinstance(value, list) else value)


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A job after `step` finished steps: latents (B, C, h, w) and all that the next ones read.

    `scheduler` holds what changed since the job was prepared; `generators` one state for each
    picture.
    """

    step: int
    latents: torch.Tensor
    scheduler: SchedulerState
    generators: tuple[torch.Tensor, ...]


def to_snapshot(checkpoint: Checkpoint) -> StepSnapshot:
    """`checkpoint` as numpy and JSON. Waits for the device."""
    tensors = {"latents": checkpoint.latents}
    for i, generator in enumerate(checkpoint.generators):
        tensors[f"generator.{i}"] = generator
    attributes = {
        name: _encode(f"scheduler.{name}", value, tensors)
        for name, value in checkpoint.scheduler.attributes.items()
    }
    bfloat16 = sorted(name for name, t in tensors.items() if t.dtype is torch.bfloat16)
    return StepSnapshot(
        step=checkpoint.step,
        tensors={name: _to_numpy(tensor) for name, tensor in tensors.items()},
        state=json.dumps({"bfloat16": bfloat16, "scheduler": attributes}, sort_keys=True),
    )


def to_checkpoint(snapshot: StepSnapshot, device: torch.device) -> Checkpoint:
    """What `to_snapshot` wrote, back on `device`.

    Raises:
        RequestError: the snapshot's record is damaged.
    """
    try:
        state = json.loads(snapshot.state)
        tensors = {
            name: _to_torch(array, name in state["bfloat16"], device)
            for name, array in snapshot.tensors.items()
        }
        images = tensors["latents"].shape[0]
        return Checkpoint(
            step=snapshot.step,
            latents=tensors["latents"],
            scheduler=SchedulerState(
                {name: _decode(value, tensors) for name, value in state["scheduler"].items()}
            ),
            generators=tuple(_state_of(tensors[f"generator.{i}"].cpu()) for i in range(images)),
        )
    except (
        ValueError,
        KeyError,
        TypeError,
        AttributeError,
        IndexError,
        RuntimeError,  # what is no generator's state; RecursionError, too
    ):
        raise _damaged() from None


def _state_of(generator: torch.Tensor) -> torch.Tensor:
    torch.Generator("cpu").set_state(generator)
    return generator


def _damaged() -> RequestError:
    return RequestError("This step can't be painted on from: its record is damaged.")


def _same(value: Any, other: Any) -> bool:
    if value is other:
        return True
    if isinstance(value, list) and isinstance(other, list):
        return len(value) == len(other) and all(map(_same, value, other))
    plain = bool | int | float | str
    return isinstance(value, plain) and isinstance(other, plain) and value == other


def _encode(name: str, value: Any, tensors: dict[str, torch.Tensor]) -> Any:
    if isinstance(value, torch.Tensor):
        tensors[name] = value
        return {"tensor": name}
    if isinstance(value, list):
        return [_encode(f"{name}.{i}", entry, tensors) for i, entry in enumerate(value)]
    if value is None or isinstance(value, bool | int | float | str):
        return value
    raise TypeError(f"{name} is a {type(value).__name__}, which a snapshot can't keep")


def _decode(value: Any, tensors: Mapping[str, torch.Tensor]) -> Any:
    if isinstance(value, dict):
        return tensors[value["tensor"]]
    if isinstance(value, list):
        return [_decode(entry, tensors) for entry in value]
    return value


def _to_numpy(tensor: torch.Tensor) -> NDArray[np.generic]:
    tensor = tensor.detach().cpu()
    if tensor.dtype is torch.bfloat16:
        tensor = tensor.view(torch.uint16)
    return tensor.numpy()


def _to_torch(array: NDArray[np.generic], bfloat16: bool, device: torch.device) -> torch.Tensor:
    # A copy: arrays read from a file may be read-only, which torch can't express.
    tensor = torch.from_numpy(np.array(array))
    if bfloat16:
        tensor = tensor.view(torch.bfloat16)
    # Schedulers keep single numbers on the CPU, where they take part at full precision.
    return tensor if tensor.ndim == 0 else tensor.to(device)
