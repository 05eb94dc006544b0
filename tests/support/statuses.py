"""What engines say that they run on."""

from __future__ import annotations

from studio.engine import EngineState, EngineStatus
from tests.support.fakes import FakeEngine

CARD = EngineStatus(
    EngineState.READY,
    "A card",
    card_free_bytes=20 * 10**9,
    card_total_bytes=24 * 10**9,
    placement="Kept whole in memory: needs 2.4 of 23.0 GiB; fp16.",
    device_kind="cuda",
)
PROCESSOR = EngineStatus(EngineState.READY, "CPU, 2 threads", device_kind="cpu")


def tell(engine: FakeEngine, status: EngineStatus) -> None:
    """Have the engine say what it runs on."""
    engine.status = status
    engine.status_changed.emit(status)
