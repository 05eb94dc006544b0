from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.library.store import Store


@pytest.fixture
def pictures(tmp_path: Path) -> Path:
    return tmp_path / "pictures"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    return tmp_path / "data"


@pytest.fixture
def store(pictures: Path, data: Path) -> Iterator[Store]:
    store = Store(pictures, data)
    yield store
    store.close()
