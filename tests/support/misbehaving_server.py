"""A real HTTP server on this machine that serves files, and misbehaves when a test tells it to.

    with MisbehavingServer() as server:
        server.serve("/model.safetensors", content)
        server.misbehave("/model.safetensors", cut_after(1000), status(503))

Faults are used up one request at a time; what follows is served well, ranges and all.
"""

from __future__ import annotations

import hashlib
import json
import threading
from collections import defaultdict, deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import unquote, urlsplit

_BLOCK_BYTES = 1 << 14


@dataclass
class Served:
    """One file as it is now; `etag` of None sends none."""

    content: bytes
    etag: str | None
    headers: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Asked:
    """A request as it came. Header names are in small letters."""

    method: str
    path: str
    headers: Mapping[str, str]


Fault = Callable[["_Handler", Served], None]


class MisbehavingServer:
    """Answers on 127.0.0.1 on threads of its own until it is closed."""

    def __init__(self) -> None:
        self.files: dict[str, Served] = {}
        self.asked: list[Asked] = []
        self.released = threading.Event()
        self._faults: defaultdict[str, deque[Fault]] = defaultdict(deque)
        self._lock = threading.Lock()
        self._http = _Server(("127.0.0.1", 0), _Handler)
        self._http.owner = self
        self._thread = threading.Thread(target=self._http.serve_forever, args=(0.01,))

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self._http.server_address[1]}"

    def __enter__(self) -> MisbehavingServer:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self.released.set()
        self._http.shutdown()
        self._thread.join()
        self._http.server_close()

    def serve(self, path: str, content: bytes, *, etag: str | None = "", **headers: str) -> str:
        """Serve `content` at `path`, under an etag of its own if none is given; its URL."""
        if etag == "":
            etag = f'"{hashlib.md5(content, usedforsecurity=False).hexdigest()}"'
        named = {name.replace("_", "-"): value for name, value in headers.items()}
        self.files[path] = Served(content, etag, named)
        return self.url + path

    def misbehave(self, path: str, *faults: Fault) -> None:
        """Answer the next requests for `path` with these faults, in order."""
        with self._lock:
            self._faults[path].extend(faults)

    def repository(
        self,
        identity: str,
        files: Mapping[str, bytes],
        *,
        small: tuple[str, ...] = (".json", ".txt", ".md"),
        licence: str = "openrail",
        commit: str = "c0ffee" + "0" * 34,
    ) -> None:
        """Serve a repository as Hugging Face's API does. Files that end in `small` are git's own;
        the rest is large, with sha256."""
        info = {"id": identity, "sha": commit, "gated": False, "tags": [f"license:{licence}"]}
        for revision in ("main", commit):
            self._serve_json(f"/api/models/{identity}/revision/{revision}", info)
        tree = [{"type": "directory", "oid": "0" * 40, "size": 0, "path": "folder"}]
        for path, content in files.items():
            tree.append(tree_entry(path, content, is_large=not path.endswith(small)))
            self.serve(f"/{identity}/resolve/{commit}/{path}", content)
        self.serve_tree(identity, commit, tree)

    def serve_tree(self, identity: str, commit: str, tree: list[dict[str, Any]]) -> None:
        """Serve these entries as what a repository holds."""
        self._serve_json(f"/api/models/{identity}/tree/{commit}", tree)

    def requests_for(self, path: str) -> list[Asked]:
        """What was asked for `path` so far, in order."""
        with self._lock:
            return [asked for asked in self.asked if asked.path == path]

    def note(self, asked: Asked) -> Fault | None:
        """Remember a request; the fault that is its turn, if any."""
        with self._lock:
            self.asked.append(asked)
            faults = self._faults[asked.path]
            return faults.popleft() if faults else None

    def _serve_json(self, path: str, record: object) -> None:
        self.serve(path, json.dumps(record).encode(), Content_Type="application/json")


def tree_entry(path: str, content: bytes, *, is_large: bool) -> dict[str, Any]:
    """A file as the API's tree lists it."""
    line = f"blob {len(content)}\0".encode()
    entry = {
        "type": "file",
        "oid": hashlib.sha1(line + content, usedforsecurity=False).hexdigest(),
        "size": len(content),
        "path": path,
    }
    if is_large:
        sha256 = hashlib.sha256(content).hexdigest()
        entry["lfs"] = {"oid": sha256, "size": len(content), "pointerSize": 130}
    return entry


# What can go wrong


def cut_after(size_bytes: int) -> Fault:
    """Send that many bytes of the body, then hang up."""
    return lambda handler, served: handler.send_file(served, until=size_bytes)


def stall_after(size_bytes: int) -> Fault:
    """Send that many bytes of the body, then nothing more until the server is released."""

    def fault(handler: _Handler, served: Served) -> None:
        handler.send_file(served, until=size_bytes)
        handler.wfile.flush()
        handler.owner.released.wait(60)

    return fault


def silence() -> Fault:
    """Take the request and say nothing until the server is released."""
    return lambda handler, served: handler.stay_silent()


def status(code: int, body: bytes = b"", **headers: str) -> Fault:
    """Answer with a status and nothing useful."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, served: handler.send_plain(code, body, named)


def redirect(location: str, code: int = 302) -> Fault:
    return status(code, Location=location)


def html_page() -> Fault:
    """A login page with status 200."""
    page = b"<!doctype html><title>Log in</title>"
    return status(200, page, Content_Type="text/html; charset=utf-8")


def ignoring_range() -> Fault:
    """Send all of it with status 200, whatever part was asked for."""
    return lambda handler, served: handler.send_file(served, use_range=False)


def ignoring_if_range() -> Fault:
    """Send the range though If-Range names another version."""
    return lambda handler, served: handler.send_file(served, mind_version=False)


def shifted_range() -> Fault:
    """Send another part than the one asked for, and say so."""
    return lambda handler, served: handler.send_file(served, shift=-7)


def other_content(change: Callable[[bytes], bytes], **headers: str) -> Fault:
    """Send the changed content as if it were the file, with its etag."""
    named = {name.replace("_", "-"): value for name, value in headers.items()}
    return lambda handler, served: handler.send_file(
        Served(change(served.content), served.etag, {**served.headers, **named})
    )


def without_length() -> Fault:
    """Send all of it without saying how long it is."""
    return lambda handler, served: handler.send_file(served, say_length=False, use_range=False)


def chunked(cut: int | None = None) -> Fault:
    """Send all of it in chunks of unknown number, or hang up after `cut` bytes."""
    return lambda handler, served: handler.send_chunks(served, cut)


class _Server(ThreadingHTTPServer):
    daemon_threads = False
    owner: MisbehavingServer

    def handle_error(self, request: Any, client_address: Any) -> None:
        """Who hangs up in the middle is what these tests are about."""


class _Handler(BaseHTTPRequestHandler):
    server: _Server
    protocol_version = "HTTP/1.1"

    @property
    def owner(self) -> MisbehavingServer:
        return self.server.owner

    def do_GET(self) -> None:
        self.close_connection = True
        path = unquote(urlsplit(self.path).path)
        fault = self.owner.note(self._asked(path))
        served = self.owner.files.get(path)
        if fault is not None:
            fault(self, served or Served(b"", None))
        elif served is None:
            self.send_plain(404, b"", {"X-Error-Code": "EntryNotFound"})
        else:
            self.send_file(served)

    def do_CONNECT(self) -> None:
        """A proxy that lets nobody through."""
        self.close_connection = True
        self.owner.note(self._asked(self.path))
        self.send_plain(403, b"", {})

    def log_message(self, format: str, *args: Any) -> None:  # noqa: A002 (the base's name)
        """Tests say nothing on stderr."""

    def send_plain(self, code: int, body: bytes, headers: Mapping[str, str]) -> None:
        self.send_response(code)
        for name, value in headers.items():
            self.send_header(name, value)
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self._write(body)

    def send_file(
        self,
        served: Served,
        *,
        until: int | None = None,
        use_range: bool = True,
        mind_version: bool = True,
        say_length: bool = True,
        shift: int = 0,
    ) -> None:
        start = self._range_start(served, mind_version) if use_range else 0
        size = len(served.content)
        if start >= size > 0 and start:
            self.send_plain(416, b"", {"Content-Range": f"bytes */{size}"})
            return
        start += shift if start else 0
        self.send_response(206 if start else 200)
        self._send_headers(served)
        if start:
            self.send_header("Content-Range", f"bytes {start}-{size - 1}/{size}")
        if say_length:
            self.send_header("Content-Length", str(size - start))
        self.end_headers()
        body = served.content[start:]
        self._write(body if until is None else body[:until])

    def send_chunks(self, served: Served, cut: int | None) -> None:
        self.send_response(200)
        self._send_headers(served)
        self.send_header("Transfer-Encoding", "chunked")
        self.end_headers()
        for block in _blocks(served.content if cut is None else served.content[:cut]):
            self._write(f"{len(block):x}\r\n".encode() + block + b"\r\n")
        if cut is None:
            self._write(b"0\r\n\r\n")

    def stay_silent(self) -> None:
        self.owner.released.wait(60)

    def _asked(self, path: str) -> Asked:
        return Asked(
            self.command, path, {name.lower(): value for name, value in self.headers.items()}
        )

    def _range_start(self, served: Served, mind_version: bool) -> int:
        wanted = self.headers.get("Range", "")
        said = self.headers.get("If-Range")
        known = (served.etag, served.headers.get("Last-Modified"))
        if not wanted.startswith("bytes=") or (mind_version and said and said not in known):
            return 0
        return int(wanted.removeprefix("bytes=").partition("-")[0])

    def _send_headers(self, served: Served) -> None:
        if served.etag is not None:
            self.send_header("ETag", served.etag)
        for name, value in served.headers.items():
            self.send_header(name, value)
        self.send_header("Connection", "close")

    def _write(self, content: bytes) -> None:
        with suppress(ConnectionError):
            self.wfile.write(content)


def _blocks(content: bytes) -> Iterator[bytes]:
    for start in range(0, len(content), _BLOCK_BYTES):
        yield content[start : start + _BLOCK_BYTES]
