"""From the start of the process to the visible window, against a script with an empty QMainWindow.

Each start is a process of its own. For information: when the cursor is in the prompt, when all
panes are there, and what importing torch and a diffusers pipeline takes, which a program that
imports them first makes its artist wait for.
"""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Final

from studio.benchmark.bench import Bench
from studio.benchmark.ratios import Measurement, Rounds, time_rounds
from studio.domain.errors import EngineError

_LIMIT_S: Final = 120.0
BARE: Final = ("-P", str(Path(__file__).with_name("first_paint.py")))
_IMPORTS: Final = ("-c", "import torch; from diffusers import StableDiffusionPipeline")


async def run(bench: Bench) -> list[Measurement]:
    home = bench.home / "window"
    home.mkdir(exist_ok=True)
    give_model(bench, home)

    async def studio(pair: int) -> float:
        return seconds_to_paint((*BARE, "window"), home)

    async def bare_window(pair: int) -> float:
        return seconds_to_paint(BARE, home)

    bench.say("warming up")
    for warm_up in (studio, bare_window):
        await warm_up(0)
    pairs = range(bench.wishes.pairs)
    rounds = await time_rounds(studio, bare_window, pairs, bench.counter("new processes"))
    bench.say("the prompt and the panes, for information")
    prompts_s = [seconds_to_paint((*BARE, "prompt"), home) for _ in pairs]
    panes_s = [seconds_to_paint((*BARE, "panes"), home) for _ in pairs]
    bench.say("importing torch and diffusers, for comparison")
    imports_s = _seconds_to_end(_IMPORTS)
    return [_finding(rounds, prompts_s, panes_s, imports_s)]


def give_model(bench: Bench, home: Path) -> None:
    """Let a studio that is at home there have a model."""
    if bench.like_the_first_minutes() is None and not (home / "models").exists():
        bench.like_an_artists()
        (home / "models").symlink_to(bench.folders.models[0], target_is_directory=True)


def seconds_to_paint(arguments: Sequence[str], home: Path) -> float:
    """From the start of `first_paint.py` with these words to what it waits for."""
    started_ns = time.monotonic_ns()
    output = _output([sys.executable, *arguments], home)
    if not output.strip().isdecimal():
        raise EngineError("A window that was opened to be timed never became visible.")
    return (int(output) - started_ns) / 1e9


def _finding(
    rounds: Rounds, prompts_s: Sequence[float], panes_s: Sequence[float], imports_s: float
) -> Measurement:
    return Measurement(
        f"new processes, {os.environ.get('QT_QPA_PLATFORM') or 'desktop'}",
        rounds.ratios,
        rounds.control,
        {
            "window_s": rounds.median_a_s,
            "bare_window_s": rounds.median_b_s,
            "prompt_s": statistics.median(prompts_s),
            "panes_s": statistics.median(panes_s),
            "import_torch_and_diffusers_s": imports_s,
            "window_to_imports_ratio": rounds.median_a_s / imports_s,
        },
    )


def _seconds_to_end(arguments: Sequence[str]) -> float:
    started = time.monotonic()
    _output([sys.executable, *arguments], None)
    return time.monotonic() - started


def _output(command: Sequence[str], home: Path | None) -> str:
    environment = dict(os.environ) if home is None else {**os.environ, "PENTIMENTO_HOME": str(home)}
    try:
        return subprocess.run(  # noqa: S603 - our own interpreter with our own words
            command,
            env=environment,
            stdin=subprocess.DEVNULL,
            capture_output=True,
            text=True,
            check=True,
            timeout=_LIMIT_S,
        ).stdout
    except (subprocess.CalledProcessError, subprocess.TimeoutExpired) as error:
        raise EngineError(
            f"A process that was started to be timed failed: {str(error.stderr)[-500:]}"
        ) from error
