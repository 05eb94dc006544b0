"""Letting everything that is under way come to its end before a test's loop is closed."""

from __future__ import annotations

import asyncio

_PATIENCE_S = 10


async def all_quiet() -> None:
    """Wait for all other tasks: a thread that is still at work for one would find the loop gone."""
    others = asyncio.all_tasks() - {asyncio.current_task()}
    if others:
        await asyncio.wait(others, timeout=_PATIENCE_S)
