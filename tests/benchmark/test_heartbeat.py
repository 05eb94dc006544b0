"""The watch of the `stall` benchmark sees a loop that is kept busy."""

from __future__ import annotations

import asyncio
import time

from studio.benchmark.stall import Heartbeat


async def test_a_blocked_loop_is_noticed() -> None:
    with Heartbeat() as heartbeat:
        await asyncio.sleep(0.01)
        time.sleep(0.05)
        await asyncio.sleep(0.01)
    assert max(heartbeat.late_ms) >= 45
    beats = len(heartbeat.late_ms)
    await asyncio.sleep(0.01)
    assert len(heartbeat.late_ms) == beats
