"""Rules for every test: no network, a home of its own, nothing left behind.

A test may be `async def`. It runs on an ordinary asyncio loop, or on Qt's when it asks for the
fixture `qasync_loop`.
"""

from __future__ import annotations

import asyncio
import gc
import inspect
import os
import threading
from collections.abc import Coroutine, Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest
from hypothesis import settings

from tests.support.leaks import left_qt_objects, left_threads
from tests.support.network import refuse_network

if TYPE_CHECKING:
    from qasync import QEventLoop

# How long an example takes says nothing on a busy machine.
settings.register_profile("studio", deadline=None)
settings.load_profile("studio")

os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
os.environ["HF_HUB_OFFLINE"] = "1"
# Tests use tiny models: on a busy machine torch's threads would wait for each other for minutes.
os.environ.setdefault("OMP_NUM_THREADS", "1")

_ASYNC_TEST_LIMIT_S: Final = 120
_passed = pytest.StashKey[bool]()


@pytest.hookimpl(wrapper=True)
def pytest_runtest_makereport(item: pytest.Item) -> Iterator[None]:
    report = yield
    if report.when == "call":
        item.stash[_passed] = report.passed
    return report


@pytest.hookimpl(tryfirst=True)
def pytest_pyfunc_call(pyfuncitem: pytest.Function) -> bool | None:
    if not inspect.iscoroutinefunction(pyfuncitem.obj):
        return None
    names = pyfuncitem._fixtureinfo.argnames
    test = pyfuncitem.obj(**{name: pyfuncitem.funcargs[name] for name in names})
    loop = pyfuncitem.funcargs.get("qasync_loop")
    if loop is None:
        asyncio.run(_within_limit(test))
    else:
        loop.run_until_complete(_within_limit(test))
    return True


async def _within_limit(test: Coroutine[Any, Any, None]) -> None:
    async with asyncio.timeout(_ASYNC_TEST_LIMIT_S):
        await test


@pytest.fixture(scope="session", autouse=True)
def no_network() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        refuse_network(patch)
        yield


@pytest.fixture(autouse=True)
def pentimento_home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The test's own PENTIMENTO_HOME (not created yet): no test touches the person's folders."""
    home = tmp_path / "pentimento-home"
    monkeypatch.setenv("PENTIMENTO_HOME", str(home))
    return home


@pytest.fixture(autouse=True)
def nothing_left_behind(request: pytest.FixtureRequest) -> Iterator[None]:
    """Fails a test that leaves a thread, a running timer or a top-level widget behind."""
    before = threading.enumerate()
    yield
    # A failed test's traceback keeps its objects alive: nothing to add to that.
    if not request.node.stash.get(_passed, False):
        return
    left = left_threads(before)
    if {"qtbot", "qapp", "qasync_loop"} & set(request.fixturenames):
        if left_qt_objects():
            gc.collect()  # a widget may only be waiting for the cycle that holds it
        left += left_qt_objects()
    if left:
        pytest.fail(f"left behind: {', '.join(left)}")


@pytest.fixture
def qasync_loop(qapp: object) -> Iterator[QEventLoop]:
    """Qt's event loop as the asyncio loop of this test; closed, with its tasks, afterwards."""
    import PySide6.QtWidgets
    import shiboken6
    from qasync import QEventLoop

    loop = QEventLoop(qapp)
    asyncio.set_event_loop(loop)
    yield loop
    if tasks := asyncio.all_tasks(loop):
        for task in tasks:
            task.cancel()
        loop.run_until_complete(asyncio.gather(*tasks, return_exceptions=True))
    loop.run_until_complete(loop.shutdown_asyncgens())
    asyncio.set_event_loop(None)
    loop.close()
    # What its threads still had to say comes to nothing, but not to a timer that is gone.
    PySide6.QtWidgets.QApplication.processEvents()
    # qasync leaves timers running; the collector may free them on another thread, which Qt forbids.
    shiboken6.delete(loop._timer)
