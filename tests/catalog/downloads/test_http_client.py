"""Who gets to see a token, how a proxy is asked, and that a pause breaks off any waiting."""

from __future__ import annotations

import base64
import logging
import threading

import pytest

from studio.catalog.downloads import HttpClient, Tokens
from studio.catalog.downloads.patience import Interruption
from studio.catalog.downloads.stopping import Stop, Stopped
from studio.domain.errors import DownloadError
from tests.support.misbehaving_server import MisbehavingServer, redirect, silence, stall_after

TOKEN = "hf_verySecret123"  # noqa: S105 (nobody's)


def client_for(server: MisbehavingServer) -> HttpClient:
    return HttpClient(Tokens({"HF_ENDPOINT": server.url, "HF_TOKEN": TOKEN}))


def get(client: HttpClient, url: str) -> bytes:
    content = b""
    with client.get(url, Stop()) as response:
        assert response.status == 200
        while block := response.read(1 << 16):
            content += block
    return content


def test_the_token_is_sent_where_it_belongs(server: MisbehavingServer) -> None:
    assert get(client_for(server), server.serve("/a", b"hello")) == b"hello"
    assert server.asked[0].headers["authorization"] == f"Bearer {TOKEN}"
    assert server.asked[0].headers["accept-encoding"] == "identity"


def test_the_token_stays_on_its_own_server(server: MisbehavingServer) -> None:
    """Neither behind a redirect elsewhere nor behind another one back is it sent again."""
    with MisbehavingServer() as other:
        server.serve("/last", b"hello")
        other.misbehave("/there", redirect(f"{server.url}/last"))
        server.misbehave("/first", redirect("/second", 307))
        server.misbehave("/second", redirect(f"{other.url}/there", 301))
        assert get(client_for(server), f"{server.url}/first") == b"hello"
        assert "authorization" in server.requests_for("/second")[0].headers
        assert "authorization" not in other.asked[0].headers
        assert "authorization" not in server.requests_for("/last")[0].headers


def test_another_server_gets_no_token(server: MisbehavingServer) -> None:
    with MisbehavingServer() as other:
        get(client_for(server), other.serve("/a", b"hello"))
        assert "authorization" not in other.asked[0].headers


def test_no_token_is_logged(server: MisbehavingServer, caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.DEBUG)
    server.misbehave("/a", redirect("file:///etc/passwd"))
    with pytest.raises(DownloadError) as refused:
        client_for(server).get(f"{server.url}/a?key=geheim", Stop())
    assert TOKEN not in caplog.text + str(refused.value)
    assert "geheim" not in caplog.text + str(refused.value)


class Keyring:
    """The three functions of the module of that name."""

    def __init__(self, *, is_locked: bool = False) -> None:
        self.kept: dict[tuple[str, str], str] = {}
        self._is_locked = is_locked

    def get_password(self, service: str, name: str) -> str | None:
        self._unlock()
        return self.kept.get((service, name))

    def set_password(self, service: str, name: str, password: str) -> None:
        self._unlock()
        self.kept[service, name] = password

    def delete_password(self, service: str, name: str) -> None:
        del self.kept[service, name]

    def _unlock(self) -> None:
        if self._is_locked:
            raise RuntimeError("locked")


def test_the_keyring_keeps_one_token_for_each_server() -> None:
    keyring = Keyring()
    tokens = Tokens({}, keyring=keyring)
    tokens.keep("https://example.org/any/page", f" {TOKEN}\n")
    assert keyring.kept == {("pentimento", "example.org"): TOKEN}
    assert tokens.for_address("https://example.org/file") == TOKEN
    for other in (
        "https://example.net/file",
        "https://www.example.org/file",
        "https://example.org:8443/file",
        "http://localhost/file",
    ):
        assert tokens.for_address(other) is None
    tokens.forget("https://example.org")
    tokens.forget("https://example.org")
    assert tokens.for_address("https://example.org/file") is None


def test_the_environment_comes_before_the_keyring() -> None:
    keyring = Keyring()
    keyring.kept["pentimento", "huggingface.co"] = "kept"
    hub = "https://huggingface.co/org/name"
    assert Tokens({}, keyring=keyring).for_address(hub) == "kept"
    assert Tokens({"HF_TOKEN": TOKEN}, keyring=keyring).for_address(hub) == TOKEN
    mirror = {"HF_TOKEN": TOKEN, "HF_ENDPOINT": "https://mirror.example.org/"}
    assert Tokens(mirror, keyring=keyring).for_address(hub) == "kept"
    assert Tokens(mirror, keyring=keyring).for_address("https://mirror.example.org/x") == TOKEN


@pytest.mark.parametrize("token", ["", "two words", "line\r\nHost: evil", "tür", "x" * 5_000])
def test_what_can_stand_in_no_header_is_no_token(token: str) -> None:
    assert Tokens({"HF_TOKEN": token}, keyring=Keyring()).for_address("https://huggingface.co") in (
        None,
    )
    with pytest.raises(DownloadError):
        Tokens({}, keyring=Keyring()).keep("https://example.org", token)


def test_a_locked_keyring_is_no_token_and_a_sentence() -> None:
    tokens = Tokens({}, keyring=Keyring(is_locked=True))
    assert tokens.for_address("https://example.org/file") is None
    with pytest.raises(DownloadError, match="refused"):
        tokens.keep("https://example.org", TOKEN)


def test_a_proxy_is_asked_for_the_server(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    address = server.url.replace("http://", "http://me:p%40ss@")
    monkeypatch.setenv("HTTPS_PROXY", address)
    monkeypatch.setenv("NO_PROXY", "")
    monkeypatch.setenv("no_proxy", "")
    for client in (HttpClient(), HttpClient(proxy=address)):
        with pytest.raises(Interruption, match=r"example\.org can't be reached"):
            client.get("https://example.org/file", Stop())
        asked = server.asked.pop()
        assert (asked.method, asked.path) == ("CONNECT", "example.org:443")
        secret = base64.b64encode(b"me:p@ss").decode()
        assert asked.headers["proxy-authorization"] == f"Basic {secret}"
        assert "authorization" not in asked.headers


def test_this_machine_is_asked_without_a_proxy(
    server: MisbehavingServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("HTTPS_PROXY", "http://127.0.0.1:1")
    assert get(HttpClient(), server.serve("/a", b"hello")) == b"hello"


@pytest.mark.parametrize("proxy", ["socks5://127.0.0.1:1", "https://127.0.0.1", "http://:1", "a:b"])
def test_a_proxy_of_another_kind_is_said_so(proxy: str) -> None:
    with pytest.raises(DownloadError, match="proxy"):
        HttpClient(proxy=proxy).get("https://example.org/file", Stop())


@pytest.mark.parametrize("fault", [silence(), stall_after(3)], ids=["silence", "stall"])
def test_a_pause_breaks_off_any_waiting(server: MisbehavingServer, fault: object) -> None:
    server.misbehave("/a", fault)  # type: ignore[arg-type]
    url = server.serve("/a", b"hello")
    stop = Stop()
    threading.Timer(0.05, stop.pull).start()
    with pytest.raises(Stopped), HttpClient(timeout_s=60).get(url, stop) as response:
        while response.read(10):
            pass
    with pytest.raises(Stopped):
        HttpClient().get(url, stop)


def test_a_server_that_is_not_there() -> None:
    with pytest.raises(Interruption, match="can't be reached"):
        HttpClient().get("http://127.0.0.1:9/a", Stop())
