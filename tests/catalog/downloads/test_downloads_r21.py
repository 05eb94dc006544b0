"""RELIABILITY R21: servers that cut, stall, refuse, lie and send us elsewhere."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest

from studio.catalog.downloads import Address, Destination, State
from tests.support.download_desk import HASTY, Desk, lora, safetensors
from tests.support.misbehaving_server import (
    Fault,
    MisbehavingServer,
    chunked,
    cut_after,
    html_page,
    ignoring_if_range,
    ignoring_range,
    other_content,
    redirect,
    shifted_range,
    silence,
    stall_after,
    status,
    without_length,
)

CONTENT = lora()
PATH = "/files/ink.safetensors"
SHA256 = hashlib.sha256(CONTENT).hexdigest()


def leftovers(models: Path) -> list[str]:
    """All files below the models' folder that aren't hidden in its staging."""
    return sorted(
        str(path.relative_to(models))
        for path in models.rglob("*")
        if path.is_file() and ".downloads" not in path.parts
    )


def is_there(models: Path) -> bool:
    return (models / "loras" / "ink.safetensors").read_bytes() == CONTENT


def test_a_file_comes_whole_and_is_put_where_it_belongs(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    ended = desk.fetch(server.serve(PATH, CONTENT))
    assert ended.state is State.FINISHED
    assert ended.path == models / "loras" / "ink.safetensors"
    assert (ended.done_bytes, ended.total_bytes) == (len(CONTENT), len(CONTENT))
    assert is_there(models)
    assert leftovers(models) == ["loras/ink.pentimento.json", "loras/ink.safetensors"]
    assert not (models / ".downloads").exists()


ONCE: dict[str, tuple[Fault, ...]] = {
    "cut": (cut_after(50_000),),
    "cut at the first byte": (cut_after(0), cut_after(0)),
    "cut in every block": tuple(cut_after(20_000) for _ in range(5)),
    "429": (status(429, Retry_After="0"),),
    "429 with a date": (status(429, Retry_After="Wed, 21 Oct 2015 07:28:00 GMT"),),
    "429 with a draft's header": (status(429, RateLimit='"api";r=0;t=0'),),
    "500": (status(500), status(502)),
    "503 in the middle": (cut_after(30_000), status(503), cut_after(30_000)),
    "416 in the middle": (cut_after(30_000), status(416)),
    "range ignored": (cut_after(60_000), ignoring_range()),
    "range shifted": (cut_after(60_000), shifted_range()),
    "in chunks": (chunked(),),
    "cut in chunks": (chunked(cut=40_000), cut_after(10_000)),
    "no length": (without_length(),),
}


@pytest.mark.parametrize("faults", ONCE.values(), ids=ONCE.keys())
@pytest.mark.parametrize("sha256", [SHA256, ""], ids=["sum known", "sum unknown"])
def test_what_goes_wrong_once_is_mended(
    desk: Desk, server: MisbehavingServer, models: Path, faults: tuple[Fault, ...], sha256: str
) -> None:
    url = server.serve(PATH, CONTENT)
    downloads = desk.open()
    # The first request asks for the name and the size only.
    server.misbehave(PATH, status(503), lambda handler, served: handler.send_file(served), *faults)
    ended = desk.ended(downloads, downloads.start(Address(url, sha256)))
    assert (ended.state, ended.error) == (State.FINISHED, "")
    assert is_there(models)


@pytest.mark.parametrize("fault", [stall_after(70_000), silence()], ids=["stall", "silence"])
def test_a_server_that_falls_silent_is_asked_again(
    desk: Desk, server: MisbehavingServer, models: Path, fault: Fault
) -> None:
    url = server.serve(PATH, CONTENT)
    downloads = desk.open(patience=HASTY)
    server.misbehave(PATH, fault, cut_after(0), fault, fault)
    assert desk.ended(downloads, downloads.start(url)).state is State.FINISHED
    assert is_there(models)


def test_goes_on_where_it_was_cut(desk: Desk, server: MisbehavingServer, models: Path) -> None:
    url = server.serve(PATH, CONTENT)
    server.misbehave(PATH, cut_after(0), cut_after(0), cut_after(50_000), cut_after(25_000))
    assert desk.fetch(url).state is State.FINISHED
    ranges = [asked.headers.get("range") for asked in server.requests_for(PATH)]
    assert ranges == [None, None, None, "bytes=50000-", "bytes=75000-"]
    etag = server.files[PATH].etag
    assert {asked.headers.get("if-range") for asked in server.requests_for(PATH)} == {None, etag}
    assert is_there(models)


def test_another_version_on_the_server_begins_anew(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    old = lora()[:-1] + b"\7"
    url = server.serve(PATH, old)

    def cut_and_change(handler: object, served: object) -> None:
        cut_after(50_000)(handler, served)  # type: ignore[arg-type]
        server.serve(PATH, CONTENT)

    for fault in (ignoring_if_range(), None):
        server.serve(PATH, old)
        server.misbehave(PATH, cut_after(0), cut_and_change, *([fault] if fault else []))
        assert desk.fetch(url).state is State.FINISHED
        assert is_there(models)
        (models / "loras" / "ink.safetensors").unlink()


def test_without_a_sign_of_the_version_nothing_is_pieced_together(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    url = server.serve(PATH, CONTENT, etag=None)
    server.misbehave(PATH, cut_after(0), cut_after(50_000))
    downloads = desk.open()
    assert desk.ended(downloads, downloads.start(url)).state is State.FINISHED
    assert is_there(models)


NEVER: dict[str, tuple[Fault, str]] = {
    "a login page": (html_page(), "web page"),
    "401": (status(401), "log in"),
    "403": (status(403), "log in"),
    "404": (status(404), "isn't on 127.0.0.1"),
    "410": (status(410), "isn't on 127.0.0.1"),
    "418": (status(418), "HTTP 418"),
    "packed": (other_content(bytes, Content_Encoding="gzip"), "packed"),
    "redirect to a file": (redirect("file:///etc/passwd"), "isn't opened"),
    "redirect to ftp": (redirect("ftp://example.org/x"), "isn't opened"),
    "redirect to plain http": (redirect("http://example.org/x"), "isn't opened"),
    "redirect with a password": (redirect("https://me:you@example.org/x"), "isn't opened"),
    "redirect in circles": (redirect(PATH), "circles"),
    "a wish to wait for days": (status(429, Retry_After="200000"), "busy"),
    "the same wish in a draft's header": (status(429, RateLimit='"api";r=0;t=200000'), "busy"),
}


@pytest.mark.parametrize(("fault", "sentence"), NEVER.values(), ids=NEVER.keys())
def test_what_is_refused_ends_with_a_sentence(
    desk: Desk, server: MisbehavingServer, models: Path, fault: Fault, sentence: str
) -> None:
    url = server.serve(PATH, CONTENT)
    server.misbehave(PATH, *(fault for _ in range(20)))
    ended = desk.fetch(url)
    assert ended.state is State.FAILED
    assert sentence in ended.error
    assert leftovers(models) == []


@pytest.mark.parametrize("fault", [cut_after(0), status(503), status(500)])
def test_patience_ends_and_the_download_can_be_resumed(
    desk: Desk, server: MisbehavingServer, models: Path, fault: Fault
) -> None:
    url = server.serve(PATH, CONTENT)
    server.misbehave(PATH, cut_after(0), cut_after(30_000), *(fault for _ in range(4)))
    downloads = desk.open()
    ended = desk.ended(downloads, downloads.start(url))
    assert ended.state is State.FAILED
    assert "Resume later" in ended.error
    assert leftovers(models) == []
    downloads.resume(ended)
    assert desk.ended(downloads, ended).state is State.FINISHED
    assert server.requests_for(PATH)[-1].headers["range"] == "bytes=30000-"
    assert is_there(models)


def flipped(content: bytes) -> bytes:
    return content[:-1] + bytes([content[-1] ^ 1])


def test_a_wrong_sum_never_becomes_a_model(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    url = server.serve(PATH, CONTENT)
    server.misbehave(PATH, cut_after(0), other_content(flipped))
    downloads = desk.open()
    ended = desk.ended(downloads, downloads.start(Address(url, SHA256)))
    assert ended.state is State.FAILED
    assert "sha256 differs" in ended.error
    assert leftovers(models) == []
    assert not list(models.rglob("ink.safetensors*"))
    downloads.resume(ended)
    assert desk.ended(downloads, ended).state is State.FINISHED
    assert is_there(models)


def test_bytes_damaged_before_the_cut_are_found_and_fetched_anew(
    desk: Desk, server: MisbehavingServer, models: Path
) -> None:
    url = server.serve(PATH, CONTENT)
    server.misbehave(PATH, cut_after(0), cut_after(50_000), *(status(404) for _ in range(1)))
    downloads = desk.open()
    ended = desk.ended(downloads, downloads.start(Address(url, SHA256)))
    (part,) = models.rglob("*.part")
    damaged = bytearray(part.read_bytes())
    damaged[100] ^= 1
    part.write_bytes(damaged)
    downloads.resume(ended)
    assert desk.ended(downloads, ended).state is State.FINISHED
    assert is_there(models)


@pytest.mark.parametrize("change", [lambda c: c + b"more", lambda c: c[:-9]])
def test_another_length_than_listed_is_not_taken(
    desk: Desk, server: MisbehavingServer, models: Path, change: object
) -> None:
    url = server.serve(PATH, CONTENT)
    server.misbehave(PATH, cut_after(0), other_content(change))  # type: ignore[arg-type]
    ended = desk.fetch(url)
    assert ended.state is State.FAILED
    assert "announced" in ended.error
    assert leftovers(models) == []


REFUSED: dict[str, tuple[bytes, str]] = {
    "a web page as a model": (b"<!doctype html><title>Log in</title>", "web page"),
    "a pickle as a model": (b"\x80\x02}q\x00.", "pickle"),
    "a pointer to the model": (b"version https://git-lfs.github.com/spec/v1\n", "pointer"),
    "nothing the studio knows": (safetensors({"a.b.c": (4, 4, 4)}), "ink"),
    "a model that ends early": (CONTENT[:-100], "too early"),
}


@pytest.mark.parametrize(("content", "sentence"), REFUSED.values(), ids=REFUSED.keys())
def test_what_is_no_model_is_kept_aside_with_the_cause(
    desk: Desk, server: MisbehavingServer, models: Path, content: bytes, sentence: str
) -> None:
    ended = desk.fetch(server.serve(PATH, content), destination=Destination.LORA)
    assert ended.state is State.REFUSED
    assert sentence in ended.error
    assert ended.path is not None
    assert (ended.path / "ink.safetensors").read_bytes() == content
    assert leftovers(models) == []
    again = desk.open()
    (known,) = again.all()
    assert (known.state, known.error) == (State.REFUSED, ended.error)
    again.cancel(known)
    assert again.all() == ()
    assert not (models / ".downloads").exists()
