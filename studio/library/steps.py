"""The way to a picture, in one safetensors file beside it: previews and snapshots of the steps.

Tensors: `previews` uint8 (N, h, w, 3), and `snapshot.K.NAME` for step K. The header's texts name
the request's digest and hold each snapshot's state as `state.K`.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from studio.domain.errors import PictureError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.request import Request

FOLDER: Final = ".steps"
_FORMAT: Final = "1"


def steps_path(picture: Path) -> Path:
    """Where the steps of the picture at this path lie."""
    return picture.parent / FOLDER / f"{picture.stem}.safetensors"


def encode_steps(
    request: Request, previews: Pixels | None, snapshots: Sequence[StepSnapshot]
) -> bytes:
    """The whole file in memory. `previews` is uint8 (N, h, w, 3)."""
    texts = {"format": _FORMAT, "request": request.digest}
    tensors: dict[str, NDArray[np.generic]] = {}
    if previews is not None:
        if previews.dtype != np.uint8 or previews.ndim != 4 or previews.shape[3] != 3:
            raise ValueError(f"previews are uint8 (N, h, w, 3), not {previews.shape}")
        tensors["previews"] = np.asarray(previews, order="C")
    for snapshot in snapshots:
        texts[f"state.{snapshot.step}"] = snapshot.state
        for name, tensor in snapshot.tensors.items():
            tensors[f"snapshot.{snapshot.step}.{name}"] = np.asarray(tensor, order="C")
    return save(tensors, texts)


def belongs_to(path: Path, request: Request) -> bool:
    """Whether there is a readable steps file at `path` that was made for this request."""
    try:
        with safe_open(path, framework="numpy") as file:
            return bool((file.metadata() or {}).get("request") == request.digest)
    except (OSError, SafetensorError):
        return False


def read_previews(path: Path) -> Pixels:
    """The previews, uint8 (N, h, w, 3), first step first; N is 0 if none were kept.

    Raises:
        PictureError: the steps are gone or damaged.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            if "previews" not in file.keys():  # noqa: SIM118 (it is no dictionary)
                return np.empty((0, 1, 1, 3), np.uint8)
            previews: Pixels = file.get_tensor("previews")
    except (OSError, SafetensorError) as error:
        raise _lost(path) from error
    if previews.dtype != np.uint8 or previews.ndim != 4 or previews.shape[3] != 3:
        raise _lost(path)
    return previews


def read_snapshot(path: Path, step: int) -> StepSnapshot:
    """The snapshot of one step, bit for bit as it was kept.

    Raises:
        PictureError: the steps are gone or damaged, or this one was not kept.
    """
    prefix = f"snapshot.{step}."
    try:
        with safe_open(path, framework="numpy") as file:
            state = (file.metadata() or {}).get(f"state.{step}")
            tensors = {
                name.removeprefix(prefix): file.get_tensor(name)
                for name in file.keys()  # noqa: SIM118 (it is no dictionary)
                if name.startswith(prefix)
            }
    except (OSError, SafetensorError) as error:
        raise _lost(path) from error
    if state is None:
        raise PictureError(f"Step {step} of this picture was not kept.", "Choose another step.")
    return StepSnapshot(step, tensors, state)


def _lost(path: Path) -> PictureError:
    return PictureError(f"The steps of this picture can't be read from “{path}”.")
