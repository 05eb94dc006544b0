"""`pentimento benchmark gpu`: the studio and diffusers side by side on this machine's card.

Random weights of the published shapes, all sides in one process, taking turns. Prints Markdown:
what goes into tests/benchmarks/RESULTS.md.
"""

from __future__ import annotations

import asyncio
import gc
import statistics
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Final

import torch

from studio.benchmark.gpu_modes import measure_modes
from studio.benchmark.gpu_parts import build_parts, make_family, matmul_peak
from studio.benchmark.gpu_shapes import SHAPES, TINY_SHAPES, Shape, count_flops
from studio.benchmark.gpu_sides import (
    BARE,
    BARE_AGAIN,
    OURS,
    OURS_FAST,
    OURS_STREAMED,
    RECOMMENDED,
    Sides,
)
from studio.benchmark.gpu_timing import kernel_share, psnr_db, ratio, seconds_of, take_turns
from studio.benchmark.machine import describe_machine
from studio.domain.errors import EngineError, StudioError
from studio.engine.devices import Device, is_out_of_memory, pick_device

_PEAK_SIDE: Final = 8192
_TINY_PEAK_SIDE: Final = 512
_LIVE_JOBS: Final = 10


@dataclass
class Results:
    """What was measured of one shape: lines of the tables, and what wasn't measured."""

    sides: list[str] = field(default_factory=list)
    ratios: list[str] = field(default_factory=list)
    modes: list[str] = field(default_factory=list)


def run(pairs: int, *, tiny: bool, say: Callable[[str], None]) -> str:
    """Measure, and return the section for RESULTS.md.

    Raises:
        EngineError: there is no NVIDIA card, and the rehearsal (`tiny`) wasn't asked for.
    """
    device = pick_device()
    if device.torch_device.type != "cuda" and not tiny:
        raise EngineError(
            f"This machine has no NVIDIA card to measure, only {device.name}.",
            "Rehearse the benchmark on it with --tiny.",
        )
    dtype = torch.bfloat16 if device.torch_device.type == "cuda" else torch.float32
    device = Device(device.torch_device, dtype, device.name)
    say("measuring the peak")
    peak = matmul_peak(device.torch_device, dtype, _TINY_PEAK_SIDE if tiny else _PEAK_SIDE)
    results = Results()
    for shape in (TINY_SHAPES if tiny else SHAPES).values():
        try:
            _measure(shape, device, peak, pairs, results, tiny=tiny, say=say)
        except (StudioError, RuntimeError) as error:
            if not is_out_of_memory(error) and isinstance(error, RuntimeError):
                raise
            results.ratios.append(f"| {shape.title} | not measured: {error} | | |")
        gc.collect()
        device.release_memory()
    return "\n".join(_section(device, peak, pairs, results, tiny=tiny))


def _measure(
    shape: Shape,
    device: Device,
    peak: float,
    pairs: int,
    results: Results,
    *,
    tiny: bool,
    say: Callable[[str], None],
) -> None:
    say(f"{shape.title}: building")
    compiles = device.torch_device.type == "cuda"
    sides = Sides(shape, build_parts(shape, device, tiny=tiny), device, compiles)
    try:
        works = sides.works()
        for name, work in works.items():
            say(f"{shape.title}: warming up {name}")
            work(1)
        seconds = take_turns(works, pairs, lambda text: say(f"{shape.title}: {text}"))
        flops = count_flops(shape, shape.side)
        step_s = {name: sides.step_s(name) for name in (BARE, OURS, OURS_FAST)}
        for name, values in seconds.items():
            share = f"{flops / step_s[name] / peak:.1%}" if name in step_s else ""
            results.sides.append(
                f"| {shape.title} | {name} | {statistics.median(values):.4g} | "
                f"{ratio(seconds[BARE], values):.2f} | {share} | {_likeness(sides, name)} |"
            )
        results.ratios += list(_ratios(sides, seconds, step_s, flops, peak))
        results.modes += list(measure_modes(sides, say))
    finally:
        sides.close()


def _ratios(
    sides: Sides,
    seconds: dict[str, list[float]],
    step_s: dict[str, float],
    flops: int,
    peak: float,
) -> Iterator[str]:
    title = sides.shape.title
    control = abs(ratio(seconds[BARE_AGAIN], seconds[BARE]) - 1)

    def line(number: int, what: str, value: float, claim: str) -> str:
        return f"| {title} | {number} | {what} | {value:.3f} | {claim} |"

    yield line(0, "control: diffusers again / diffusers, off 1 by", control, "")
    streamed, fast = seconds[OURS_STREAMED], seconds[OURS_FAST]
    yield line(1, "streamed / bare diffusers", ratio(streamed, seconds[BARE]), "≤ 1.01")
    yield line(2, "previews and thread / neither", ratio(streamed, fast), "≤ 1.01")
    first, stopping = asyncio.run(sides.first_preview_and_cancel_s())
    yield line(4, "cancel to idle / one step", stopping / step_s[OURS_FAST], "≤ 1.1")
    one_step = sides.ours(sides.plain, "", 98, 1)
    yield line(4, "first preview / a job of one step", first / one_step, "≤ 1.05")
    yield line(5, f"diffusers / ours, fast ({', '.join(sides.modes) or 'repeats'})",
               ratio(seconds[BARE], fast), "≥ 1.3 SDXL, ≥ 1.5 FLUX, ≥ 2 SD 1.5")  # fmt: skip
    if RECOMMENDED in seconds:
        yield line(5, "diffusers compiled / ours, fast", ratio(seconds[RECOMMENDED], fast), "≥ 1")
    yield line(6, "FLOP/s of a step / peak measured here", flops / step_s[OURS_FAST] / peak,
               "≥ 0.5 SDXL and FLUX")  # fmt: skip
    device = sides.device.torch_device
    for name in (BARE, OURS, OURS_FAST):
        work = sides.works()[name]
        share = kernel_share(lambda work=work: work(1), device)  # type: ignore[misc]
        yield line(7, f"kernel time / wall time, {name}", share, "≥ 0.95")
    yield line(10, "live pictures of one step / its parts alone", _live(sides), "≥ 0.90")


def _live(sides: Sides) -> float:
    """Pictures of one step a second, in relation to denoiser and decoder alone."""
    family = make_family(sides.shape, sides.parts)
    predict = family.predictor(sides.request(1))
    generator = torch.Generator("cpu").manual_seed(1)
    device = sides.device.torch_device
    latents = family.noise(sides.request(1).size, [generator])
    timestep = torch.tensor(999.0, device=device)

    @torch.inference_mode()
    def alone() -> None:
        family.decode(predict(latents, timestep))

    alone()
    parts_s = statistics.median(seconds_of(alone, device) for _ in range(_LIVE_JOBS))
    jobs_s = statistics.median(sides.ours(sides.plain, "", n, 1) for n in range(_LIVE_JOBS))
    return parts_s / jobs_s


def _likeness(sides: Sides, name: str) -> str:
    mine, theirs = sides.pixels[name], sides.pixels[BARE]
    if name == BARE:
        return ""
    largest = int(abs(mine.astype(int) - theirs.astype(int)).max())
    return "same" if largest == 0 else f"{psnr_db(mine, theirs):.1f} dB, ≤ {largest}/255"


def _section(
    device: Device, peak: float, pairs: int, results: Results, *, tiny: bool
) -> Iterator[str]:
    machine: dict[str, Any] = describe_machine()
    versions = ", ".join(f"{name} {number}" for name, number in machine["versions"].items())
    yield f"## {device.name}, {datetime.now(UTC):%Y-%m-%d}" + (" (rehearsal, tiny)" if tiny else "")
    yield ""
    yield f"{machine['cpu_cores']} cores, {machine['system']}; {versions}; CUDA "
    yield f"{torch.version.cuda or 'none'}. Measured peak of a matrix product in "
    yield f"{str(device.dtype).removeprefix('torch.')}: {peak / 1e12:.3g} TFLOP/s. {pairs} rounds."
    yield ""
    yield "| shape | side | seconds | × diffusers | of the peak | pixels |"
    yield "| --- | --- | --- | --- | --- | --- |"
    yield from results.sides
    yield ""
    yield "| shape | ratio | what | value | claim |"
    yield "| --- | --- | --- | --- | --- |"
    yield from results.ratios
    yield ""
    yield "| shape | fast mode alone | × ours without | its picture |"
    yield "| --- | --- | --- | --- |"
    yield from results.modes
