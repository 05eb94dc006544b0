"""A picture as a short row of numbers; alike pictures have alike ones."""

from __future__ import annotations

import random
import threading
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import Final

import numpy as np
import torch
from numpy.typing import NDArray
from PIL import Image
from safetensors import SafetensorError
from safetensors.torch import load_file

from studio.domain.errors import ModelNotFound, ModelRefused
from studio.domain.events import Pixels
from studio.domain.resources import RESOURCES
from studio.likeness.colours import COLOURS, colours
from studio.likeness.network import CHANNELS, SIDE_PX, EfficientNetLite0

FILE: Final = RESOURCES / "likeness" / "efficientnet-lite0.safetensors"
_PROJECTED: Final = 256
LENGTH: Final = _PROJECTED + COLOURS
# Entries of a projected unit vector spread by 1/16: four times that still fits.
_STEPS: Final = 508.0


class Likeness:
    """Reads the network once, then describes pictures, on a thread and a core of its own.

    Were it two cores, OpenMP would count more threads than there are cores and let none of them
    spin while it waits, the inference thread's neither: that makes its steps half as long again.

    Raises:
        ModelNotFound: the network's file is missing.
        ModelRefused: it is damaged.
    """

    def __init__(self, device: torch.device | None = None) -> None:
        self._device = device or torch.device("cpu")
        self._thread = ThreadPoolExecutor(1, "likeness", _take_one_core)
        self._network = self._thread.submit(_load, self._device).result()
        self._projection = _signs(CHANNELS, _PROJECTED).to(self._device)

    def close(self) -> None:
        """End its thread; it describes nothing any more."""
        self._thread.shutdown()

    def describe(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        """A row (LENGTH,) of int8 for each picture, uint8 (H, W, 3): first what is in it, then its
        colours. Both parts have about the length that `_STEPS` stands for, so that a scalar
        product weighs them equally.

        What the network saw, 1280 numbers, is projected by random signs, which keeps angles
        (Achlioptas 2003, doi:10.1016/S0022-0000(03)00025-4).
        """
        if not pictures:
            return np.empty((0, LENGTH), np.int8)
        return self._thread.submit(self._describe, pictures).result()

    @torch.inference_mode()
    def _describe(self, pictures: Sequence[Pixels]) -> NDArray[np.int8]:
        squares = np.stack([_square(pixels) for pixels in pictures])
        batch = torch.from_numpy(squares).to(self._device).permute(0, 3, 1, 2)
        seen = self._network((batch.float() - 127) / 128) @ self._projection
        seen = torch.nn.functional.normalize(seen, dim=1)
        both = np.concatenate([seen.cpu().numpy(), colours(squares)], axis=1)
        return np.clip(np.rint(both * _STEPS), -127, 127).astype(np.int8)


def _take_one_core() -> None:
    count = torch.get_num_threads()
    torch.set_num_threads(1)
    # Threads that come later take over what was set last, by whichever thread.
    other = threading.Thread(target=torch.set_num_threads, args=(count,))
    other.start()
    other.join()


def _square(pixels: Pixels) -> Pixels:
    # All of a picture counts, even where that makes it narrower.
    picture = Image.fromarray(pixels).resize((SIDE_PX, SIDE_PX), Image.Resampling.BICUBIC)
    return np.asarray(picture, np.uint8)


def _signs(rows: int, columns: int) -> torch.Tensor:
    """(rows, columns) of ±1, the same on every machine and with every version of torch."""
    bits = random.Random(0).getrandbits(rows * columns)  # noqa: S311 - nothing secret
    packed = np.frombuffer(bits.to_bytes(rows * columns // 8, "little"), np.uint8)
    signs = np.unpackbits(packed).astype(np.float32) * 2 - 1
    return torch.from_numpy(signs.reshape(rows, columns))


def _load(device: torch.device) -> EfficientNetLite0:
    if not FILE.is_file():
        raise ModelNotFound("The network that compares pictures is missing.", _REMEDY)
    network = EfficientNetLite0()
    try:
        stored = load_file(FILE)
        state = {
            name: tensor.float() * stored[f"{name}.scale"][:, None, None, None]
            if tensor.dtype is torch.int8
            else tensor.float()
            for name, tensor in stored.items()
            if not name.endswith(".scale")
        }
        network.load_state_dict(state)
    except (SafetensorError, KeyError, RuntimeError) as error:
        raise ModelRefused("The network that compares pictures is damaged.", _REMEDY) from error
    network.to(device).to(memory_format=torch.channels_last)  # type: ignore[call-overload]
    return network.eval().requires_grad_(False)


_REMEDY: Final = "Install the studio again."
