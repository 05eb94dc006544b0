"""Models that the engine's tests share."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
import torch

from studio.domain.model import ModelInfo
from studio.engine.devices import pick_device
from studio.engine.families.sd import StableDiffusion
from studio.engine.loading import load
from tests.support.tiny_models import write_tiny_model


@pytest.fixture(scope="session", autouse=True)
def one_thread() -> Iterator[None]:
    """Tiny matrices are done before a second thread has woken up."""
    before = torch.get_num_threads()
    torch.set_num_threads(1)
    yield
    torch.set_num_threads(before)


@pytest.fixture(scope="session")
def tiny_model(tmp_path_factory: pytest.TempPathFactory) -> ModelInfo:
    return write_tiny_model(tmp_path_factory.mktemp("models") / "tiny")


@pytest.fixture(scope="session")
def tiny_family(tiny_model: ModelInfo) -> StableDiffusion:
    family = load(tiny_model, pick_device({"PENTIMENTO_DEVICE": "cpu"}))
    assert isinstance(family, StableDiffusion)
    return family
