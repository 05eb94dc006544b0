"""The rules in conftest.py bite: leaks fail, the network is out of reach, async tests run."""

from __future__ import annotations

import asyncio
import os
import shutil
import socket
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from studio.folders import Folders
from tests.support.leaks import left_qt_objects, left_threads
from tests.support.network import NetworkRefused

if TYPE_CHECKING:
    from pytestqt.qtbot import QtBot
    from qasync import QEventLoop

ROOT = Path(__file__).resolve().parents[1]


def test_a_running_thread_is_named() -> None:
    before = threading.enumerate()
    stop = threading.Event()
    thread = threading.Thread(target=stop.wait, name="forgotten")
    thread.start()
    assert left_threads(before, patience_s=0) == ["thread forgotten"]
    stop.set()
    assert left_threads(before, patience_s=10) == []


def test_widgets_and_timers_are_named(qtbot: QtBot) -> None:
    from PySide6.QtCore import QTimer
    from PySide6.QtWidgets import QLabel, QVBoxLayout, QWidget

    assert left_qt_objects() == []
    window = QWidget(objectName="forgotten")
    label = QLabel("a child is no top-level widget")
    QVBoxLayout(window).addWidget(label)
    timer = QTimer(label, objectName="ticking")
    QTimer(label)  # not started
    timer.start(1000)
    assert left_qt_objects() == ["widget QWidget “forgotten”", "timer QTimer “ticking” of QLabel"]
    window.deleteLater()
    assert left_qt_objects() == []


async def test_async_tests_run() -> None:
    await asyncio.sleep(0)
    assert type(asyncio.get_running_loop()).__module__.startswith("asyncio")


async def test_async_tests_run_on_qts_loop(qasync_loop: QEventLoop) -> None:
    from PySide6.QtCore import QTimer

    ticked = asyncio.Event()
    QTimer.singleShot(1, ticked.set)
    await ticked.wait()
    assert asyncio.get_running_loop() is qasync_loop


def test_the_network_is_out_of_reach() -> None:
    with pytest.raises(NetworkRefused):
        socket.create_connection(("example.org", 80))
    with socket.socket() as outside, pytest.raises(NetworkRefused):
        outside.connect(("192.0.2.1", 80))


def test_loopback_is_within_reach() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        socket.create_connection(server.getsockname()).close()


def test_the_home_is_the_tests_own(pentimento_home: Path, tmp_path: Path) -> None:
    assert Folders.discover().pictures.is_relative_to(tmp_path)


def test_rules_fail_the_tests_that_break_them(tmp_path: Path) -> None:
    shutil.copytree(ROOT / "tests" / "support", tmp_path / "tests" / "support")
    shutil.copy(ROOT / "tests" / "conftest.py", tmp_path / "tests")
    shutil.copy(ROOT / "pyproject.toml", tmp_path)
    (tmp_path / "tests" / "test_breaches.py").write_text(
        "import asyncio, threading, warnings\n"
        "from PySide6.QtCore import QTimer, qWarning\n"
        "from PySide6.QtWidgets import QWidget\n"
        "stop = threading.Event()\n"
        "kept = []\n"
        "def test_thread(): threading.Thread(target=stop.wait, name='left').start()\n"
        "def test_widget(qtbot): kept.append(QWidget())\n"
        "def test_timer(qtbot):\n"
        "    stop.set()\n"
        "    kept.pop().deleteLater()\n"
        "    kept.append(QTimer())\n"
        "    kept[0].start(10_000)\n"
        "def test_qt_warning(qtbot):\n"
        "    kept.pop().stop()\n"
        "    qWarning('something is wrong')\n"
        "def test_warning(): warnings.warn('old')\n"
        "async def test_async(): raise LookupError\n"
        "def test_good(qtbot): qtbot.addWidget(QWidget())\n"
    )
    result = subprocess.run(
        [
            sys.executable,
            "-m",
            "pytest",
            "-q",
            "-p",
            "no:cacheprovider",
            "-rA",
            "tests/test_breaches.py",
        ],
        cwd=tmp_path,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        check=False,
    )
    summary = result.stdout.partition("short test summary info")[2]
    assert "left behind: thread left" in result.stdout
    assert "left behind: widget QWidget" in result.stdout
    assert "left behind: timer QTimer" in result.stdout
    for name in ("thread", "widget", "timer"):
        assert f"ERROR tests/test_breaches.py::test_{name}" in summary
    for name in ("qt_warning", "warning", "async"):
        assert f"FAILED tests/test_breaches.py::test_{name}" in summary
    assert "PASSED tests/test_breaches.py::test_good" in summary
