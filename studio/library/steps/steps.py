"""The way to a picture, in one safetensors file beside it: previews and snapshots of the steps.

Tensors: `previews` uint8 (N, h, w, 3), and `snapshot.K.NAME` for step K. The header's texts name
the request's digest and hold each snapshot's state as `state.K`. What is the same as in the step
before (a generator that drew nothing, a multistep scheduler's outputs) is there once: the text
`same` says as what. In a packed file tensors are bytes, and the text `packed` says of what.

Previews reach to the last step that was taken. Where they change their size, as in a second pass,
those that follow are `previews.2`, and so on. Steps are counted through both passes: with N steps
in the first, snapshot N holds its finished latents, and N + 1 larger ones after the first step of
the second. Up to format 2 nothing of a second pass was kept.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from contextlib import ExitStack
from itertools import count, groupby
from pathlib import Path
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError, safe_open
from safetensors.numpy import save

from studio.domain.errors import PictureError
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.request import Request
from studio.library.files.disk import Disk
from studio.library.steps.packing import pack, unpack

FOLDER: Final = ".steps"
_FORMAT: Final = "3"
_WITHOUT_SECOND_PASS: Final = frozenset({"1", "2"})
_PREVIEWS: Final = "previews"
_STATE: Final = "state."
Tensors = dict[str, NDArray[np.generic]]


def steps_path(picture: Path) -> Path:
    """Where the steps of the picture at this path lie."""
    return picture.parent / FOLDER / f"{picture.stem}.safetensors"


def encode_steps(
    request: Request, previews: Iterable[Pixels] | None, snapshots: Sequence[StepSnapshot]
) -> bytes:
    """The whole file in memory, not packed: nobody waits for that. Each of `previews` is uint8
    (h, w, 3)."""
    tensors, same = _once_each(snapshots)
    texts = {"format": _FORMAT, "request": request.digest}
    texts |= {f"{_STATE}{snapshot.step}": snapshot.state for snapshot in snapshots}
    if same:
        texts["same"] = json.dumps(same)
    frames_alike = groupby(() if previews is None else previews, np.shape)
    for number, (_, alike) in enumerate(frames_alike, start=1):
        frames = np.stack(list(alike))
        if not _are_previews(frames):
            raise ValueError(f"previews are uint8 (h, w, 3), not {frames.dtype} {frames.shape[1:]}")
        tensors[_previews(number)] = frames
    return save(tensors, texts)


def pack_steps(path: Path, disk: Disk) -> int:
    """Make a file of steps smaller, bit for bit the same; its size afterwards, in bytes.

    Raises:
        PictureError: the steps are gone or damaged.
        OSError: the disk refused; the file is as it was.
    """
    try:
        with safe_open(path, framework="numpy") as file:
            texts = dict(file.metadata() or {})
            tensors = {name: file.get_tensor(name) for name in file.keys()}  # noqa: SIM118
    except (OSError, SafetensorError) as error:
        raise _lost(path) from error
    before = path.stat().st_size
    if "packed" in texts:
        return before
    packed: Tensors = {}
    abouts = {}
    for name, tensor in tensors.items():
        packed[name], abouts[name] = pack(tensor, changes_only=name.startswith(_PREVIEWS))
    content = save(packed, {**texts, "format": _FORMAT, "packed": json.dumps(abouts)})
    if len(content) >= before:
        return before
    disk.replace(path, content)
    return len(content)


def belongs_to(path: Path, request: Request) -> bool:
    """Whether there is a readable steps file at `path` that was made for this request."""
    try:
        with safe_open(path, framework="numpy") as file:
            return bool((file.metadata() or {}).get("request") == request.digest)
    except (OSError, SafetensorError):
        return False


def read_previews(path: Path, request: Request | None = None) -> list[Pixels]:
    """The previews of `request`, uint8 (h, w, 3), first step first; none if none were kept.

    From before a second pass was kept, its steps look as the last one of the first pass.

    Raises:
        PictureError: the steps are gone or damaged.
    """
    frames: list[Pixels] = []
    with _Reading(path) as file:
        for number in count(1):
            if not file.has(_previews(number)):
                break
            previews = file.tensor(_previews(number))
            if not _are_previews(previews):
                raise ValueError("no previews")
            frames += list(previews.astype(np.uint8, copy=False))
        if request is not None and frames and file.texts.get("format") in _WITHOUT_SECOND_PASS:
            frames += frames[-1:] * (request.steps_taken - request.first_way)
    return frames


def read_snapshot(path: Path, step: int) -> StepSnapshot:
    """The snapshot of one step, bit for bit as it was kept.

    Raises:
        PictureError: the steps are gone or damaged, or this one was not kept.
    """
    prefix = f"snapshot.{step}."
    with _Reading(path) as file:
        state = file.texts.get(f"{_STATE}{step}")
        tensors = {
            name.removeprefix(prefix): file.tensor(name)
            for name in file.names
            if name.startswith(prefix)
        }
    if state is None:
        raise PictureError(f"Step {step} of this picture was not kept.", "Choose another step.")
    return StepSnapshot(step, tensors, state)


class _Reading:
    """A file of steps while it is read. Whatever is wrong with it is a PictureError."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._open = ExitStack()
        self.texts: dict[str, str] = {}
        self.names: set[str] = set()

    def __enter__(self) -> _Reading:
        try:
            self._file = self._open.enter_context(safe_open(self._path, framework="numpy"))
            self.texts = dict(self._file.metadata() or {})
            self._same: Mapping[str, str] = _json(self.texts, "same")
            self._packed: Mapping[str, Any] = _json(self.texts, "packed")
        except (OSError, SafetensorError, ValueError) as error:
            raise _lost(self._path) from error
        self.names = {*self._file.keys(), *self._same}
        return self

    def __exit__(self, kind: object, error: BaseException | None, traceback: object) -> None:
        self._open.close()
        if isinstance(error, (OSError, SafetensorError, ValueError)):
            raise _lost(self._path) from error

    def has(self, name: str) -> bool:
        return name in self.names

    def tensor(self, name: str) -> NDArray[np.generic]:
        kept_as = self._same.get(name, name)
        tensor: NDArray[Any] = self._file.get_tensor(kept_as)
        return unpack(tensor, self._packed[kept_as]) if kept_as in self._packed else tensor


def _previews(number: int) -> str:
    return _PREVIEWS if number == 1 else f"{_PREVIEWS}.{number}"


def _once_each(snapshots: Sequence[StepSnapshot]) -> tuple[Tensors, dict[str, str]]:
    """All tensors by name, but for those that the step before has, and as what those are kept."""
    kept: Tensors = {}
    same: dict[str, str] = {}
    before: list[tuple[str, NDArray[np.generic], bytes]] = []
    for snapshot in snapshots:
        now = []
        for name, tensor in snapshot.tensors.items():
            full, array = f"snapshot.{snapshot.step}.{name}", np.asarray(tensor, order="C")
            content = array.tobytes()
            for other, known, its_content in before:
                is_alike = known.dtype == array.dtype and known.shape == array.shape
                if is_alike and its_content == content:
                    same[full] = other
                    break
            else:
                kept[full] = array
            now.append((same.get(full, full), array, content))
        before = now
    return kept, same


def _are_previews(array: NDArray[np.generic]) -> bool:
    return array.dtype == np.uint8 and array.ndim == 4 and array.shape[3] == 3


def _json(texts: Mapping[str, str], name: str) -> dict[str, Any]:
    found = json.loads(texts.get(name, "{}"))
    if not isinstance(found, dict):
        raise ValueError(f"“{name}” is no object")
    return found


def _lost(path: Path) -> PictureError:
    return PictureError(f"The steps of this picture can't be read from “{path}”.")
