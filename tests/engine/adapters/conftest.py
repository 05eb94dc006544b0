"""Two copies of each tiny model: one that the studio changes, one for the bare pipelines."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from studio.domain.model import ModelInfo
from studio.engine.loading import load
from tests.support.adapter_bench import CPU, Bench
from tests.support.tiny_models import write_tiny_sd, write_tiny_sdxl

WRITE: dict[str, Callable[[Path], ModelInfo]] = {"sd": write_tiny_sd, "sdxl": write_tiny_sdxl}


@pytest.fixture(scope="session")
def copies(tmp_path_factory: pytest.TempPathFactory) -> dict[str, tuple[ModelInfo, Any, Any]]:
    made = {}
    for name, write in WRITE.items():
        info = write(tmp_path_factory.mktemp("models") / name)
        made[name] = info, load(info, CPU), load(info, CPU)
    return made


@pytest.fixture(params=WRITE)
def bench(request: pytest.FixtureRequest, copies: Any, tmp_path: Path) -> Iterator[Bench]:
    """Stable Diffusion 1 and XL, one after the other."""
    info, family, bare = copies[request.param]
    made = Bench(info, family, bare, tmp_path)
    yield made
    made.adapt(made.request())


@pytest.fixture
def sd(copies: Any, tmp_path: Path) -> Iterator[Bench]:
    info, family, bare = copies["sd"]
    made = Bench(info, family, bare, tmp_path)
    yield made
    made.adapt(made.request())
