"""A process of its own that reads a pickle of weights and writes them as safetensors.

    python -m studio.catalog.unpickle SOURCE TARGET MEMORY_BYTES

Only torch's reader for weights is used, which builds tensors and plain containers and refuses every
other class (`weights_only=True`). What it may use of memory is limited where the system can do so.
The only file of the catalog that knows torch. Prints one line on stderr and exits with 1 where the
file can't be converted.
"""

from __future__ import annotations

import re
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Final

# Where trainers and programs put the weights: by its key, or below it.
_INNER: Final = ("state_dict", "params_ema", "params", "model_state_dict", "module", "model")
_MAX_DEPTH: Final = 3
_EMBEDDING: Final = "string_to_param"
_FOREIGN: Final = re.compile(r"GLOBAL ([\w.]+)")


def main(arguments: list[str]) -> int:
    """Convert. Returns the exit code."""
    source, target, memory_bytes = Path(arguments[0]), Path(arguments[1]), int(arguments[2])
    _limit_memory(memory_bytes)
    import torch
    from safetensors.torch import save_file

    try:
        content = torch.load(source, map_location="cpu", weights_only=True)
    except MemoryError:
        return _fail("It needs more memory than it may use.")
    except Exception as error:  # noqa: BLE001 -- a hostile pickle may raise anything
        return _fail(_reason(error))
    tensors = _tensors(content, torch.Tensor)
    if not tensors:
        return _fail("It holds no weights that the studio knows.")
    # Tensors may share memory in a pickle; safetensors keeps each by itself.
    save_file(
        {name: tensor.detach().clone().contiguous() for name, tensor in tensors.items()}, target
    )
    return 0


def _tensors(content: Any, tensor: type) -> dict[str, Any]:
    """The named weights, wherever the usual containers have them."""
    for _ in range(_MAX_DEPTH):
        if not isinstance(content, Mapping):
            return {}
        if _EMBEDDING in content:
            return _embedding(content[_EMBEDDING], tensor)
        inner = next((content[k] for k in _INNER if isinstance(content.get(k), Mapping)), None)
        if inner is None:
            break
        content = inner
    return {str(name): value for name, value in content.items() if isinstance(value, tensor)}


def _embedding(words: Any, tensor: type) -> dict[str, Any]:
    """A1111's textual inversion: the vectors of its only word."""
    vectors = [value for value in getattr(words, "values", list)() if isinstance(value, tensor)]
    return {"emb_params": vectors[0]} if vectors else {}


def _limit_memory(memory_bytes: int) -> None:
    try:
        import resource
    except ImportError:
        return  # Windows has no such limit
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))


def _reason(error: Exception) -> str:
    """torch's own words end with the advice to open it unsafely: only what it names is told."""
    named = _FOREIGN.search(str(error))
    if named is None:
        return "It is damaged, or holds more than weights."
    return f"It would run “{named[1]}” when it is opened, so it stays closed."


def _fail(sentence: str) -> int:
    print(sentence, file=sys.stderr)
    return 1


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
