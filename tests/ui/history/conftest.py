"""Pictures in the session's library, made at times that the test names."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from datetime import datetime, timedelta

import pytest

from studio.library import Picture, recording
from studio.ui.session import Session
from tests.support.fakes import picture_pixels
from tests.support.samples import a_request

Make = Callable[..., Awaitable[list[Picture]]]


@pytest.fixture
def make(session: Session, monkeypatch: pytest.MonkeyPatch) -> Make:
    """`await make(3)` records three pictures today, `days_ago=1` yesterday; oldest first."""

    async def make(
        count: int, *, days_ago: int = 0, size: tuple[int, int] = (64, 48)
    ) -> list[Picture]:
        class Clock(datetime):
            @classmethod
            def now(cls, tz: object = None) -> datetime:  # type: ignore[override]
                return datetime.now(tz) - timedelta(days=days_ago)  # type: ignore[arg-type]

        with monkeypatch.context() as patch:
            patch.setattr(recording, "datetime", Clock)
            made = []
            for _ in range(count):
                seed = session.library.count()
                made.append(
                    await session.library.record(
                        picture_pixels(*size, seed),
                        a_request(f"picture {seed}", seed, width=size[0], height=size[1]),
                        elapsed_s=1.5,
                    )
                )
        return made

    return make
