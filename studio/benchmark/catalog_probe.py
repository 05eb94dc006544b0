"""A look at a thousand model files that the catalog knows already, in ms.

The files have headers as long as a LoRA's for SDXL and no weights. The control is the same look
with nothing known, so that every header is read and checked.
"""

from __future__ import annotations

import json
import struct
import time
from pathlib import Path
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement
from studio.catalog import Catalog

_FILES: Final = 1000
_LAYERS: Final = 700
_RANK: Final = 16
_WIDTH: Final = 2048


async def run(bench: Bench) -> list[Measurement]:
    models, cache = bench.home / "thousand", bench.home / "thousand-cache"
    bench.say(f"writing {_FILES:,} files")
    _write_files(models)
    first = Catalog([models], cache=cache)
    values, control = [], []
    for pair in range(bench.wishes.pairs):
        bench.counter(f"{_FILES:,} files")(pair)
        values.append(_ms(models, cache))
        if pair < 2:
            control.append(_ms(models, None))
    details = {"addons": len(first.addons()), "refused": len(first.refused())}
    return [Measurement(f"{_FILES:,} files", values, control, details)]


def _ms(models: Path, cache: Path | None) -> float:
    began = time.perf_counter()
    Catalog([models], cache=cache)
    return (time.perf_counter() - began) * 1000


def _write_files(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    header = {}
    at = 0
    for number in range(_LAYERS):
        name = f"lora_unet_input_blocks_4_1_transformer_blocks_{number}_attn2_to_k"
        for part, shape in (("down", [_RANK, _WIDTH]), ("up", [_WIDTH, _RANK])):
            end = at + 2 * _RANK * _WIDTH
            entry = {"dtype": "F16", "shape": shape, "data_offsets": [at, end]}
            header[f"{name}.lora_{part}.weight"] = entry
            at = end
    text = json.dumps(header).encode()
    for number in range(_FILES):
        with (folder / f"{number:04}.safetensors").open("wb") as file:
            file.write(struct.pack("<Q", len(text)) + text)
            file.truncate(8 + len(text) + at)
