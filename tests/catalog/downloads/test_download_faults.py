"""RELIABILITY R3 and R4: kill -9 in the middle, and a disk that refuses at every single call."""

from __future__ import annotations

import errno
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from studio.catalog import Catalog
from studio.catalog.downloads import State
from studio.catalog.downloads.disk import Disk
from tests.support.download_desk import Desk, lora
from tests.support.misbehaving_server import MisbehavingServer, cut_after, stall_after

CONTENT = lora()
PATH = "/ink.safetensors"

FETCH = """
import sys, threading
from pathlib import Path
from studio.catalog.downloads import Downloads, HttpClient, Patience, Tokens
downloads = Downloads(
    Path(sys.argv[1]),
    client=HttpClient(Tokens({})),
    free_bytes=lambda folder: 10**12,
    patience=Patience(attempts=1),
)
downloads.start(sys.argv[2])
threading.Event().wait(60)
"""

FETCH_IN_A_SMALL_PLACE = """
import resource, signal, sys, time
from pathlib import Path
from studio.catalog.downloads import Downloads, HttpClient, Patience, Tokens
signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
before = resource.getrlimit(resource.RLIMIT_FSIZE)
downloads = Downloads(
    Path(sys.argv[1]), client=HttpClient(Tokens({})), free_bytes=lambda folder: 10**12
)
resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, before[1]))
download = downloads.start(sys.argv[2])
def ended():
    while downloads.find(download.id).is_under_way:
        time.sleep(0.01)
    return downloads.find(download.id)
end = ended()
print(end.state, end.done_bytes, end.error)
resource.setrlimit(resource.RLIMIT_FSIZE, before)
downloads.resume(end)
print(ended().state)
downloads.close()
"""


def test_kill_nine_loses_nothing_that_was_there(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    url = server.serve(PATH, CONTENT)
    for reached, faults in (
        (40_000, (cut_after(0), stall_after(40_000))),
        (70_000, (stall_after(30_000),)),
    ):
        server.misbehave(PATH, *faults)
        process = subprocess.Popen([sys.executable, "-c", FETCH, str(models), url])
        try:
            wait_for_bytes(models, reached)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
        assert Catalog([models]).addons() == ()
        assert Catalog([models]).refused() == ()
    downloads = desk.open()
    (known,) = downloads.all()
    assert (known.state, known.done_bytes) == (State.PAUSED, 70_000)
    downloads.resume(known)
    assert desk.ended(downloads, known).state is State.FINISHED
    assert (models / "loras" / "ink.safetensors").read_bytes() == CONTENT
    ranges = [asked.headers.get("range") for asked in server.requests_for(PATH)]
    assert ranges == [None, None, "bytes=40000-", "bytes=70000-"]


def wait_for_bytes(models: Path, size_bytes: int) -> None:
    deadline = time.monotonic() + 60
    while sum(part.stat().st_size for part in models.rglob("*.part")) < size_bytes:
        assert time.monotonic() < deadline, "the download doesn't begin"
        time.sleep(0.01)


@pytest.mark.skipif(os.name == "nt", reason="Windows has no limit for a file's size")
def test_a_full_disk_pauses_with_a_sentence_and_goes_on_with_room(
    server: MisbehavingServer, models: Path
) -> None:
    url = server.serve(PATH, CONTENT)
    told = subprocess.run(
        [sys.executable, "-c", FETCH_IN_A_SMALL_PLACE, str(models), url],
        capture_output=True,
        text=True,
        check=True,
    ).stdout.splitlines()
    assert told[0].startswith("failed ")
    assert "is full. Free some space, then resume" in told[0]
    assert told[1] == "finished"
    assert server.requests_for(PATH)[-1].headers["range"] == "bytes=50000-"
    assert (models / "loras" / "ink.safetensors").read_bytes() == CONTENT


class FailingDisk(Disk):
    """Refuses its n-th call, whatever it is, once."""

    def __init__(self, number: int, code: int) -> None:
        self._left = number
        self._code = code

    @property
    def has_failed(self) -> bool:
        return self._left <= 0

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise OSError(self._code, os.strerror(self._code))

    def make_folder(self, path: Path) -> None:
        self._count()
        super().make_folder(path)

    def open_for_adding(self, path: Path) -> int:
        self._count()
        return super().open_for_adding(path)

    def write(self, descriptor: int, content: memoryview) -> int:
        self._count()
        # Disks fill up in the middle of a write.
        return super().write(descriptor, content[: max(4_000, len(content) // 2)])

    def sync(self, descriptor: int) -> None:
        self._count()
        super().sync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._count()
        super().rename(source, target)

    def sync_folder(self, folder: Path) -> None:
        self._count()
        super().sync_folder(folder)


def test_a_disk_that_refuses_any_call_costs_nothing_but_a_resume(
    desk: Desk, server: MisbehavingServer, tmp_path: Path
) -> None:
    files = {"a.safetensors": lora(2), "b.safetensors": lora(3)}
    server.repository("org/two", files)
    refused = 0
    for number in range(1, 1_000):
        desk.models = tmp_path / str(number)
        disk = FailingDisk(number, (errno.ENOSPC, errno.EIO, errno.EACCES)[number % 3])
        downloads = desk.open(disk=disk)
        ended = desk.ended(downloads, downloads.start("org/two:*.safetensors"))
        if not disk.has_failed:
            assert ended.state is State.FINISHED
            break
        refused += 1
        check_only_whole_files(desk.models, files)
        if ended.state is not State.FINISHED:  # after the last rename all is there
            assert ended.state is State.FAILED
            assert str(desk.models) in ended.error
            downloads.resume(ended)
            ended = desk.ended(downloads, ended)
        assert (ended.state, ended.error) == (State.FINISHED, "")
        for name, content in files.items():
            assert (desk.models / "loras" / name).read_bytes() == content
        downloads.close()
    assert refused > 30, "every call was refused once"


def check_only_whole_files(models: Path, files: dict[str, bytes]) -> None:
    for path in (models / "loras").glob("*.safetensors"):
        assert path.read_bytes() == files[path.name]


def test_a_folder_that_may_not_be_written_is_said_so(
    desk: Desk, server: MisbehavingServer, tmp_path: Path
) -> None:
    desk.models = tmp_path / "file"
    desk.models.write_text("no folder")
    ended = desk.fetch(server.serve(PATH, CONTENT))
    assert ended.state is State.FAILED
    assert str(desk.models) in ended.error


def test_all_of_the_disk_goes_through_its_seam() -> None:
    """What isn't counted by FailingDisk is not tried to fail."""
    folder = Path(sys.modules[Disk.__module__].__file__ or "").parent
    writing = ("write_bytes(", "write_text(", ".mkdir(", "os.open(", "os.write(")
    found: dict[str, Any] = {
        path.name: [sign for sign in writing if sign in path.read_text(encoding="utf-8")]
        for path in folder.glob("*.py")
    }
    assert [name for name, signs in found.items() if signs] == ["disk.py"]
