"""A server that misbehaves, and a desk to download from it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.download_desk import Desk
from tests.support.misbehaving_server import MisbehavingServer


@pytest.fixture
def server() -> Iterator[MisbehavingServer]:
    with MisbehavingServer() as server:
        yield server


@pytest.fixture
def models(tmp_path: Path) -> Path:
    return tmp_path / "models"


@pytest.fixture
def desk(models: Path, server: MisbehavingServer) -> Iterator[Desk]:
    desk = Desk(models, server)
    yield desk
    server.released.set()
    for downloads in desk.opened:
        downloads.close()
