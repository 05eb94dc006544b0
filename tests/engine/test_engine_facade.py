"""The façade: no torch until the thread wants it, and a real picture through all of it."""

from __future__ import annotations

import os
import subprocess
import sys

import numpy as np

from studio.domain.events import ImageReady, JobFailed
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine import EngineState, create_engine

IMPORTS = """
import sys
import studio.engine, studio.engine.worker
engine = studio.engine.create_engine(lambda name: None, lambda digest: None)
engine.close()
print([name for name in ("torch", "diffusers", "transformers", "PySide6") if name in sys.modules])
"""


def test_the_facade_imports_no_torch() -> None:
    done = subprocess.run(
        [sys.executable, "-c", IMPORTS], capture_output=True, text=True, check=True
    )
    assert done.stdout.strip() == "[]"


def test_threads_that_wait_spin_only_briefly() -> None:
    """Read by OpenMP when torch is loaded, so it must be set by the façade's import."""
    show = "import os, studio.engine; print(os.environ['GOMP_SPINCOUNT'])"
    environment = {name: v for name, v in os.environ.items() if name != "GOMP_SPINCOUNT"}
    done = subprocess.run(
        [sys.executable, "-c", show], capture_output=True, text=True, check=True, env=environment
    )
    assert done.stdout.strip() == "3000"


async def test_a_request_becomes_a_picture(tiny_model: ModelInfo) -> None:
    engine = create_engine(lambda name: tiny_model, lambda digest: np.zeros((1, 1, 3), np.uint8))
    engine.warm_up("tiny")
    jobs = [
        engine.submit(Request("a cat", seed, "tiny", 32, 32, num_inference_steps=3))
        for seed in (1, 1, 2)
    ]
    endings = []
    for job in jobs:
        events = [event async for event in job.events()]
        assert not isinstance(events[-1], JobFailed), events[-1].error
        endings.append(events[-1])
    state = engine.status.state
    engine.close()

    first, again, other = endings
    assert isinstance(first, ImageReady)
    assert isinstance(again, ImageReady)
    assert isinstance(other, ImageReady)
    assert np.array_equal(first.images, again.images)
    assert not np.array_equal(first.images, other.images)
    assert state in {EngineState.BUSY, EngineState.READY}
