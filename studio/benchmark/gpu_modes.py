"""Each fast mode by itself: how much less time it takes, and how far its picture is off."""

from __future__ import annotations

import copy
import statistics
from collections.abc import Callable, Iterator
from typing import Any, Final

from studio.benchmark.gpu_parts import make_family
from studio.benchmark.gpu_sides import OURS, Sides
from studio.benchmark.gpu_timing import psnr_db
from studio.domain.placement import Quantization
from studio.engine.fast import apply_modes, available
from studio.engine.placement.quantizing import cast_layerwise

FP8: Final = f"{Quantization.FP8} weights"
_JOBS: Final = 3
_COMPILE: Final = "compile"


def measure_modes(sides: Sides, say: Callable[[str], None]) -> Iterator[str]:
    """A line of Markdown for each mode that this device and model can use, and for fp8 weights:
    against the studio without any, same seed."""
    name = "unet" if "unet" in sides.parts else "transformer"
    kind = sides.device.torch_device.type
    plain_s = statistics.median(sides.ours(sides.plain, OURS, 1) for _ in range(_JOBS))
    whole = sides.pixels[OURS]
    modes = [mode.name for mode in available(kind, sides.parts[name])]
    for mode in (*(mode for mode in modes if sides.compiles or mode != _COMPILE), FP8):
        say(f"{sides.shape.title}: {mode}")
        runner = _runner(sides, name, mode, kind)
        sides.ours(runner, mode, 1)
        seconds = statistics.median(sides.ours(runner, mode, 1) for _ in range(_JOBS))
        mine = sides.pixels[mode]
        largest = int(abs(mine.astype(int) - whole.astype(int)).max())
        off = "same pixels" if not largest else f"{psnr_db(mine, whole):.1f} dB, ≤ {largest}/255"
        yield f"| {sides.shape.title} | {mode} | {plain_s / seconds:.2f} | {off} |"


def _runner(sides: Sides, name: str, mode: str, kind: str) -> Any:
    parts = {**sides.parts, name: copy.deepcopy(sides.parts[name])}
    parts["vae"] = copy.deepcopy(sides.parts["vae"])
    if mode == FP8:
        cast_layerwise(parts[name], sides.device.dtype)
    used = apply_modes(parts, [mode], kind)
    return sides.runner_of(make_family(sides.shape, parts), tuple(used), previews=False)
