"""Numbers made smaller, bit for bit: their bytes sorted by rank, the upper ones compressed.

In what a model computes, signs and exponents repeat and the rest of the mantissa is as good as
noise: zlib takes as long for it and saves nothing. So only the two upper bytes of each number are
tried; on latents of 32 bits that leaves 0.83 to 0.86 of the size at twice the speed of trying all.
Byte shuffling is as in HDF5's filter of that name.
"""

from __future__ import annotations

import math
import zlib
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

Array = NDArray[np.generic]
_LEVEL: Final = 1
_UPPER: Final = 2
_KINDS: Final = frozenset("fiub")
_MAX_BYTES: Final = 1 << 30


def pack(array: Array, *, changes_only: bool = False) -> tuple[NDArray[np.uint8], dict[str, Any]]:
    """The packed bytes, and what `unpack` must know beside them, as JSON can hold it.

    With `changes_only` each entry of the first axis is kept as its difference to the one before
    (uint8 alone, modulo 256): for previews, each of which is much like the last.
    """
    values = np.ascontiguousarray(array)
    if changes_only:
        values = np.concatenate([values[:1], np.diff(values.view(np.uint8), axis=0)])
    planes = values.reshape(-1).view(np.uint8).reshape(-1, values.dtype.itemsize).T
    parts, sizes = [], []
    for rank, plane in enumerate(planes):
        content = plane.tobytes()
        is_upper = rank >= len(planes) - _UPPER
        packed = zlib.compress(content, _LEVEL) if is_upper else content
        is_smaller = len(packed) < len(content)
        parts.append(packed if is_smaller else content)
        sizes.append(len(packed) if is_smaller else 0)
    about = {
        "dtype": array.dtype.str,
        "shape": list(array.shape),
        "sizes": sizes,
        "changes": changes_only,
    }
    return np.frombuffer(b"".join(parts), np.uint8), about


def unpack(packed: NDArray[np.uint8], about: Any) -> Array:
    """What `pack` was given.

    Raises:
        ValueError: that can't be told from these bytes.
    """
    try:
        dtype, shape, sizes = np.dtype(about["dtype"]), tuple(about["shape"]), about["sizes"]
        count = math.prod(shape)
        if dtype.kind not in _KINDS or len(sizes) != dtype.itemsize or min(shape, default=0) < 0:
            raise ValueError("no such array")
        if count * dtype.itemsize > _MAX_BYTES:
            raise ValueError("too large")
        planes = np.empty((dtype.itemsize, count), np.uint8)
        content, start = packed.tobytes(), 0
        for plane, size in zip(planes, sizes, strict=True):
            part = content[start : start + (size or count)]
            start += len(part)
            raw = zlib.decompressobj().decompress(part, count) if size else part
            plane[:] = np.frombuffer(raw, np.uint8)
        values: Array = np.ascontiguousarray(planes.T).reshape(-1).view(dtype).reshape(shape)
        return np.cumsum(values, axis=0, dtype=np.uint8) if about["changes"] else values
    except (KeyError, TypeError, zlib.error) as error:
        raise ValueError(str(error)) from error
