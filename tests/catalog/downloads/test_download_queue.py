"""Several downloads at once: waiting, pausing, cancelling, room on the disk, and a new start."""

from __future__ import annotations

import shutil
import threading
from collections.abc import Callable
from pathlib import Path

import pytest

from studio.catalog import Catalog
from studio.catalog.downloads import Download, Downloads, State
from studio.domain.errors import DownloadError
from tests.support.download_desk import QUICK, Desk, lora
from tests.support.misbehaving_server import MisbehavingServer, cut_after, stall_after, status

CONTENT = lora()


def serve_stalling(server: MisbehavingServer, name: str, reached: int) -> str:
    """A file of which the first try to fetch it stops after some bytes."""
    path = f"/{name}.safetensors"
    server.misbehave(path, cut_after(0), stall_after(reached))
    return server.serve(path, CONTENT)


def has(reached: int) -> Callable[[Download], bool]:
    return lambda news: news.done_bytes >= reached


def test_pause_and_resume_go_on_where_they_were(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    downloads = desk.open()
    download = downloads.start(serve_stalling(server, "ink", 40_000))
    desk.until(downloads, download, has(40_000))
    downloads.pause(download)
    (paused,) = downloads.all()
    assert (paused.state, paused.done_bytes, paused.rate_bytes_s) == (State.PAUSED, 40_000, 0)
    downloads.pause(paused)
    downloads.resume(paused)
    assert desk.ended(downloads, download).state is State.FINISHED
    assert server.requests_for("/ink.safetensors")[-1].headers["range"] == "bytes=40000-"
    assert (models / "loras" / "ink.safetensors").read_bytes() == CONTENT


def test_cancel_leaves_nothing(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    downloads = desk.open()
    download = downloads.start(serve_stalling(server, "ink", 40_000))
    desk.until(downloads, download, has(40_000))
    downloads.cancel(download)
    assert downloads.all() == ()
    again = downloads.start(f"{server.url}/ink.safetensors")
    assert again.id != download.id
    assert desk.ended(downloads, again).state is State.FINISHED
    downloads.close()
    assert not (models / ".downloads").exists()


def test_what_was_begun_is_there_after_a_new_start(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    first = desk.open()
    download = first.start(serve_stalling(server, "ink", 40_000))
    desk.until(first, download, has(40_000))
    first.close()
    assert first.all()[0].state is State.PAUSED
    asked = len(server.asked)
    second = desk.open()
    (known,) = second.all()
    assert (known.id, known.state) == (download.id, State.PAUSED)
    assert (known.done_bytes, known.total_bytes) == (40_000, len(CONTENT))
    assert len(server.asked) == asked, "nothing touches the network until asked"
    # The same wish again goes on with it.
    assert second.start(f"{server.url}/ink.safetensors").id == download.id
    assert desk.ended(second, known).state is State.FINISHED
    assert server.requests_for("/ink.safetensors")[-1].headers["range"] == "bytes=40000-"
    assert (models / "loras" / "ink.safetensors").read_bytes() == CONTENT
    assert desk.open().all() == ()


def test_the_catalog_sees_only_what_is_finished(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    models.mkdir()
    downloads = desk.open()
    download = downloads.start(serve_stalling(server, "ink", 40_000))
    desk.until(downloads, download, has(40_000))
    assert list(models.rglob("*.part"))
    catalog = Catalog([models])
    assert (catalog.models(), catalog.addons(), catalog.refused()) == ((), (), ())
    downloads.pause(download)
    downloads.resume(download)
    desk.ended(downloads, download)
    catalog.rescan()
    assert [addon.name for addon in catalog.addons()] == ["ink"]
    assert catalog.refused() == ()


def test_two_of_one_host_at_a_time(desk: Desk, server: MisbehavingServer) -> None:
    downloads = desk.open(at_once=2)
    begun = [downloads.start(serve_stalling(server, name, 10_000)) for name in "abc"]
    for download in begun[:2]:
        desk.until(downloads, download, has(10_000))
    assert [download.state for download in downloads.all()][2] is State.WAITING
    downloads.cancel(begun[0])
    desk.until(downloads, begun[2], has(10_000))
    downloads.pause(begun[2])
    waiting = downloads.find(begun[1].id)
    assert waiting is not None
    assert waiting.state is State.DOWNLOADING


def test_those_that_wait_are_there_after_a_new_start(desk: Desk, server: MisbehavingServer) -> None:
    first = desk.open(at_once=1)
    begun = [first.start(serve_stalling(server, "a", 10_000))]
    desk.until(first, begun[0], has(10_000))
    begun.append(first.start(serve_stalling(server, "b", 10_000)))
    first.close()
    second = desk.open()
    assert [(known.id, known.state) for known in second.all()] == [
        (download.id, State.PAUSED) for download in begun
    ]


def test_the_same_wish_twice_is_one_download(desk: Desk, server: MisbehavingServer) -> None:
    downloads = desk.open()
    url = serve_stalling(server, "ink", 10_000)
    first = downloads.start(url)
    assert downloads.start(url).id == first.id
    assert len(downloads.all()) == 1


def test_only_one_process_fetches_a_download(desk: Desk, server: MisbehavingServer) -> None:
    first = desk.open()
    download = first.start(serve_stalling(server, "ink", 10_000))
    desk.until(first, download, has(10_000))
    second = desk.open()
    (seen,) = second.all()
    second.resume(seen)
    ended = desk.ended(second, seen)
    assert ended.state is State.FAILED
    assert "Another window" in ended.error


def test_free_space_comes_first(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    free = 500_000_000 + len(CONTENT) - 1
    downloads = desk.open(free_bytes=lambda folder: free)
    url = server.serve("/ink.safetensors", CONTENT)
    ended = desk.ended(downloads, downloads.start(url))
    assert ended.state is State.FAILED
    assert "It needs" in ended.error
    assert str(models) in ended.error
    assert len(server.requests_for("/ink.safetensors")) == 1, "only asked how large it is"
    free += 1
    downloads.resume(ended)
    assert desk.ended(downloads, ended).state is State.FINISHED


def test_other_downloads_count_for_the_free_space(desk: Desk, server: MisbehavingServer) -> None:
    room = 500_000_000 + 2 * len(CONTENT) - 10_001
    downloads = desk.open(free_bytes=lambda folder: room)
    first = downloads.start(serve_stalling(server, "first", 10_000))
    desk.until(downloads, first, has(10_000))
    second = desk.ended(downloads, downloads.start(server.serve("/b.safetensors", CONTENT)))
    assert second.state is State.FAILED
    assert "other downloads" in second.error
    downloads.pause(first)
    downloads.resume(second)
    assert desk.ended(downloads, second).state is State.FINISHED


def test_nothing_is_overwritten(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    mine = models / "loras" / "ink.safetensors"
    mine.parent.mkdir(parents=True)
    mine.write_bytes(b"mine")
    ended = desk.fetch(server.serve("/ink.safetensors", CONTENT))
    assert ended.state is State.FAILED
    assert "already" in ended.error
    assert mine.read_bytes() == b"mine"


def test_progress_has_rate_and_an_estimate(desk: Desk, server: MisbehavingServer) -> None:
    seen: list[Download] = []
    downloads = desk.open()
    downloads.changed.connect(seen.append)
    desk.ended(downloads, downloads.start(server.serve("/ink.safetensors", CONTENT)))
    states = list(dict.fromkeys(news.state for news in seen))
    assert states == [
        State.WAITING,
        State.LISTING,
        State.DOWNLOADING,
        State.CHECKING,
        State.FINISHED,
    ]
    done = [news.done_bytes for news in seen]
    assert done == sorted(done)
    assert seen[-1].seconds_left == 0
    assert seen[-1].fraction == 1


def test_waiting_says_why(desk: Desk, server: MisbehavingServer) -> None:
    seen: list[str] = []
    downloads = desk.open()
    downloads.changed.connect(lambda news: seen.append(news.sentence))
    server.misbehave("/ink.safetensors", cut_after(0), status(503), cut_after(1_000))
    desk.ended(downloads, downloads.start(server.serve("/ink.safetensors", CONTENT)))
    assert "127.0.0.1 is busy. Trying again…" in seen
    assert "ink.safetensors was cut off. Trying again…" in seen
    assert [said for said in seen if said][-3] == "ink.safetensors", "and when it goes on again"


def test_what_is_no_source_is_refused_at_once(desk: Desk) -> None:
    downloads = desk.open()
    for nonsense in ("", "sdxl model", "file:///etc/passwd", "http://example.org/a.safetensors"):
        with pytest.raises(DownloadError):
            downloads.start(nonsense)
    assert downloads.all() == ()


def test_listeners_may_call_back(desk: Desk, server: MisbehavingServer) -> None:
    downloads = desk.open()
    done = threading.Event()

    def listen(news: Download) -> None:
        downloads.all()
        if news.state is State.DOWNLOADING:
            downloads.pause(news)
            done.set()

    downloads.changed.connect(listen)
    download = downloads.start(serve_stalling(server, "ink", 10_000))
    assert done.wait(20)
    assert desk.ended(downloads, download).state is State.PAUSED


def test_notes_that_are_damaged_are_passed_over(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    first = desk.open()
    download = first.start(serve_stalling(server, "ink", 10_000))
    desk.until(first, download, has(10_000))
    first.close()
    (notes,) = models.rglob("download.json")
    whole = notes.read_text()
    for damaged in ("", "[]", "{}", whole[:-20], whole.replace("http:", "file:")):
        notes.write_text(damaged)
        assert Downloads(models, patience=QUICK).all() == ()
    escaping = whole.replace('"path": "ink.safetensors"', '"path": "../../ink.safetensors"')
    assert escaping != whole
    notes.write_text(escaping)
    assert Downloads(models, patience=QUICK).all() == ()
    notes.write_text(whole)
    assert len(Downloads(models, patience=QUICK).all()) == 1


def test_a_models_folder_that_vanished_is_made_again(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    downloads = desk.open()
    download = downloads.start(serve_stalling(server, "ink", 10_000))
    desk.until(downloads, download, has(10_000))
    downloads.pause(download)
    downloads.close()
    shutil.rmtree(models)
    again = desk.open()
    assert again.all() == ()
    ended = desk.ended(again, again.start(f"{server.url}/ink.safetensors"))
    assert ended.state is State.FINISHED
