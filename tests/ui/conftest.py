"""What every test of the window needs: a session on a real library, with a fake engine."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from studio.ui.session import Session
from tests.support.fakes import FakeEngine, make_session


@pytest.fixture
def engine() -> FakeEngine:
    return FakeEngine()


@pytest.fixture
def session(tmp_path: Path, engine: FakeEngine) -> Iterator[Session]:
    session = make_session(tmp_path / "studio", engine)
    yield session
    session.library.store.close()
