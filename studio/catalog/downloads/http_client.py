"""The one place that talks to the network: GET over HTTP, each redirect checked, no more.

huggingface_hub isn't used: it doesn't compare checksums, and follows where it is sent.
"""

from __future__ import annotations

import base64
import http.client
import logging
import socket
import ssl
import urllib.request
from collections.abc import Mapping
from contextlib import suppress
from types import TracebackType
from typing import Final
from urllib.parse import unquote, urlsplit

from studio import __version__
from studio.catalog.downloads.addresses import (
    check_address,
    host_of,
    is_this_machine,
    origin,
    redirected,
)
from studio.catalog.downloads.patience import Interruption
from studio.catalog.downloads.stopping import Stop
from studio.catalog.downloads.tokens import Tokens
from studio.domain.errors import DownloadError

log = logging.getLogger(__name__)

_MAX_REDIRECTS: Final = 10
_REDIRECTS: Final = frozenset({301, 302, 303, 307, 308})


class Response:
    """An answer whose body is still to be read. `headers` don't mind upper and lower case; `url`
    is where the last redirect led."""

    def __init__(
        self,
        url: str,
        connection: http.client.HTTPConnection,
        connected: socket.socket,
        stop: Stop,
    ) -> None:
        answer = connection.getresponse()
        self.url = url
        self.status = answer.status
        self.headers = answer.headers
        self._connection = connection
        self._socket = connected
        self._answer = answer
        self._stop = stop

    def __enter__(self) -> Response:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._answer.close()
        self._connection.close()

    def read(self, limit_bytes: int) -> bytes:
        """Some bytes, as soon as there are any; none at the end, or where it was cut off.

        Raises:
            Interruption: it was cut off, or the server fell silent.
            Stopped: the download was.
        """
        with _InWords(host_of(self.url)), self._stop.breaking_off(self._abort):
            return self._answer.read1(limit_bytes)

    def _abort(self) -> None:
        _shut(self._socket)


class HttpClient:
    """Any thread. `timeout_s` is the longest silence; `proxy` an address (http://host:port) in
    place of the one that the environment or the system names."""

    def __init__(
        self, tokens: Tokens | None = None, *, timeout_s: float = 30.0, proxy: str = ""
    ) -> None:
        self.tokens = tokens or Tokens()
        self._timeout_s = timeout_s
        self._proxy = proxy

    def get(self, url: str, stop: Stop, headers: Mapping[str, str] | None = None) -> Response:
        """Ask for `url` and follow where it leads. Close the response.

        A token goes to the origin it belongs to and no further: behind a redirect that leads
        elsewhere none is sent any more.

        Raises:
            DownloadError: an address that isn't opened, a server that can't be trusted.
            Interruption: it can't be reached now, was cut off, or fell silent.
            Stopped: the download was.
        """
        check_address(url)
        token = self.tokens.for_address(url)
        for _ in range(_MAX_REDIRECTS):
            response = self._ask(url, stop, dict(headers or {}), token)
            location = response.headers.get("Location")
            if response.status not in _REDIRECTS or not location:
                return response
            with response:
                target = redirected(url, location)
            if origin(target) != origin(url):
                token = None
            url = target
        raise DownloadError(
            f"{host_of(url)} sends the download round in circles.", "Try another address."
        )

    def _ask(self, url: str, stop: Stop, headers: dict[str, str], token: str | None) -> Response:
        parts = urlsplit(url)
        host = parts.hostname or ""
        path = f"{parts.path or '/'}{f'?{parts.query}' if parts.query else ''}"
        headers |= {
            "User-Agent": f"Pentimento/{__version__}",
            "Accept": "*/*",
            "Accept-Encoding": "identity",
            "Connection": "close",
        }
        if token:
            headers["Authorization"] = f"Bearer {token}"
        connection = self._connection(parts.scheme, host, parts.port)
        try:
            with _InWords(host), stop.breaking_off(lambda: _shut(connection.sock)):
                connection.request("GET", path, headers=headers)
                # The connection forgets its socket when the server closes it after the answer.
                return Response(url, connection, connection.sock, stop)
        except BaseException:
            connection.close()
            raise

    def _connection(self, scheme: str, host: str, port: int | None) -> http.client.HTTPConnection:
        if scheme == "http":  # on this machine
            return http.client.HTTPConnection(host, port, timeout=self._timeout_s)
        context = ssl.create_default_context()
        proxy = self._proxy_for(host)
        if not proxy:
            return http.client.HTTPSConnection(host, port, timeout=self._timeout_s, context=context)
        proxy_host, proxy_port, proxy_headers = _read_proxy(proxy)
        connection = http.client.HTTPSConnection(
            proxy_host, proxy_port, timeout=self._timeout_s, context=context
        )
        connection.set_tunnel(host, port or 443, proxy_headers)
        return connection

    def _proxy_for(self, host: str) -> str:
        if is_this_machine(host):
            return ""
        if self._proxy:
            return self._proxy
        proxies = urllib.request.getproxies()
        chosen = proxies.get("https") or proxies.get("all") or ""
        return "" if chosen and urllib.request.proxy_bypass(host) else chosen


def _read_proxy(proxy: str) -> tuple[str, int, dict[str, str]]:
    """Host, port and headers that the proxy wants."""
    parts = urlsplit(proxy if "://" in proxy else f"http://{proxy}")
    try:
        port = parts.port or 8080
    except ValueError:
        port = 0
    if parts.scheme != "http" or not parts.hostname or not port:
        raise DownloadError(
            f"The proxy “{parts.scheme}://{parts.hostname or ''}” isn't of a kind that is spoken.",
            "Set HTTPS_PROXY to an address like http://host:port.",
        )
    if parts.username is None:
        return parts.hostname, port, {}
    secret = f"{unquote(parts.username)}:{unquote(parts.password or '')}".encode()
    authorisation = f"Basic {base64.b64encode(secret).decode()}"
    return parts.hostname, port, {"Proxy-Authorization": authorisation}


class _InWords:
    """Puts what a socket says about `host` into Interruption or DownloadError."""

    def __init__(self, host: str) -> None:
        self._host = host

    def __enter__(self) -> None:
        return None

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        match error:
            case ssl.SSLCertVerificationError():
                raise DownloadError(
                    f"{self._host} can't show that it is who it says.",
                    "Look whether this machine's clock is right; a proxy may be reading along.",
                ) from error
            case TimeoutError():
                raise Interruption(f"{self._host} doesn't answer.") from error
            case socket.gaierror():
                raise Interruption(f"{self._host} can't be found: is there a network?") from error
            case http.client.HTTPException() | ssl.SSLError() | ConnectionResetError():
                raise Interruption(f"The connection to {self._host} broke off.") from error
            case OSError():
                raise Interruption(f"{self._host} can't be reached.") from error


def _shut(connected: socket.socket | None) -> None:
    """Wake whoever reads from a socket; closing it alone wouldn't."""
    if connected is not None:
        with suppress(OSError):
            connected.shutdown(socket.SHUT_RDWR)
