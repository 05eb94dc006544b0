"""`pentimento benchmark`: runs benchmarks and prints what they found."""

from __future__ import annotations

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Final, TextIO

from studio.benchmark.ratios import Finding
from studio.benchmark.report import as_json, in_words, machine_line
from studio.benchmark.table import BENCHMARKS
from studio.domain.errors import UsageError

GPU: Final = "gpu"

if TYPE_CHECKING:
    from studio.benchmark.bench import Wishes


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """The arguments that `run` reads."""
    parser.add_argument(
        "names",
        metavar="NAME",
        nargs="*",
        # argparse would check the empty list against `choices`.
        type=_known_name,
        help=f"one of {', '.join(BENCHMARKS)}, all of them if left out; or gpu alone: "
        "diffusers and the studio side by side on published shapes, as Markdown",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.add_argument(
        "--pairs", metavar="N", type=_at_least_one, default=10, help="pairs to time (10)"
    )
    parser.add_argument("--model", metavar="NAME", help="time this model instead of the usual ones")
    parser.add_argument(
        "--tiny", action="store_true", help="rehearse “gpu” with tiny shapes, on any device"
    )
    parser.add_argument("--steps", metavar="N", type=_at_least_one, help="denoising steps of a job")


def main(argv: Sequence[str]) -> int:
    """Run with the arguments in `argv`, without the program's name. Returns the exit code."""
    parser = argparse.ArgumentParser(prog="pentimento benchmark")
    add_arguments(parser)
    return run(parser.parse_args(argv))


def run(arguments: argparse.Namespace) -> int:
    """Run the benchmarks and print their findings; a missed goal is no error.

    Raises:
        StudioError: there is no such model, or a job failed.
        KeyboardInterrupt: somebody pressed Ctrl+C; everything was closed in order.
    """
    if GPU in arguments.names:
        return _run_gpu(arguments)
    if sys.platform == "linux" and not any(
        os.environ.get(name) for name in ("DISPLAY", "WAYLAND_DISPLAY")
    ):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")

    from studio.benchmark.bench import Wishes
    from studio.benchmark.machine import describe_machine
    from studio.benchmark.qt_loop import run_on_qt

    wishes = Wishes(arguments.pairs, arguments.model, arguments.steps)
    machine = describe_machine()
    if not arguments.json:
        print(machine_line(machine), flush=True)

    def on_finding(name: str, finding: Finding) -> None:
        if not arguments.json:
            print(f"\n{in_words(name, finding)}", flush=True)

    with tempfile.TemporaryDirectory(prefix="pentimento-benchmark-") as folder:
        work = measure(arguments.names, Path(folder), wishes, progress_on(sys.stderr), on_finding)
        findings = run_on_qt(work)
    if arguments.json:
        print(json.dumps(as_json(machine, findings), ensure_ascii=False))
    return 0


def _run_gpu(arguments: argparse.Namespace) -> int:
    if arguments.names != [GPU]:
        raise UsageError("The benchmark “gpu” runs alone.")
    from studio.benchmark import gpu

    say = progress_on(sys.stderr)
    try:
        section = gpu.run(arguments.pairs, tiny=arguments.tiny, say=say)
    finally:
        say("")
    print(section)
    return 0


async def measure(
    names: Sequence[str],
    home: Path,
    wishes: Wishes,
    say: Callable[[str], None],
    on_finding: Callable[[str, Finding], None],
) -> list[tuple[str, Finding]]:
    """Run the named benchmarks in the table's order (all if none is named), below `home`."""
    from studio.benchmark.bench import Bench

    bench = Bench(home, wishes, say)
    findings: list[tuple[str, Finding]] = []
    try:
        for name, benchmark in BENCHMARKS.items():
            if names and name not in names:
                continue
            bench.title = name
            for measurement in await benchmark.load()(bench):
                finding = benchmark.judge(measurement)
                say("")
                on_finding(name, finding)
                findings.append((name, finding))
    finally:
        say("")
        await bench.close()
    return findings


def progress_on(stream: TextIO) -> Callable[[str], None]:
    """Shows progress in place on a terminal, and line by line elsewhere; "" ends it."""
    if stream.isatty():
        return lambda text: print(f"\r\x1b[K{text}", end="", file=stream, flush=True)
    return lambda text: print(text, file=stream, flush=True) if text else None


def _known_name(text: str) -> str:
    if text not in BENCHMARKS and text != GPU:
        raise argparse.ArgumentTypeError(
            f"no benchmark “{text}”: there are {', '.join(BENCHMARKS)}"
        )
    return text


def _at_least_one(text: str) -> int:
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"“{text}” is no whole number from 1")
    return int(text)
