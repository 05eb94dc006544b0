"""Which addresses are opened: https anywhere, http on this machine only, nothing else ever."""

from __future__ import annotations

import ipaddress
from typing import Final
from urllib.parse import SplitResult, urljoin, urlsplit

from studio.domain.errors import DownloadError

_MAX_CHARS: Final = 8_000
_PORTS: Final = {"https": 443, "http": 80}


def check_address(url: str) -> SplitResult:
    """The parts of an address that may be opened.

    Raises:
        DownloadError: another scheme, plain http to another machine, a password in it, or no
            address at all.
    """
    try:
        parts = urlsplit(url)
        host, port = parts.hostname, parts.port
    except ValueError:
        host, port = None, None
    visible = len(url) <= _MAX_CHARS and url.isascii() and url.isprintable() and " " not in url
    if not visible or not host or port == 0:
        raise DownloadError(f"“{_shown(url)}” is no address of a file.", "Write https://….")
    if "@" in parts.netloc:
        raise DownloadError(
            "Passwords in addresses aren't sent.", "Leave it out and log in at the site instead."
        )
    if parts.scheme == "https" or (parts.scheme == "http" and is_this_machine(host)):
        return parts
    raise DownloadError(
        f"“{_shown(url)}” isn't opened: the studio downloads over https only.",
        "Use an address that begins with https://.",
    )


def redirected(url: str, location: str) -> str:
    """The address to which `url` sends us on.

    Raises:
        DownloadError: it may not be opened, or leads from another machine into this one.
    """
    target = urljoin(url, location)
    try:
        new = check_address(target)
    except DownloadError as error:
        raise DownloadError(
            f"{host_of(url)} sent the download on to “{_shown(target)}”, which isn't opened.",
            "Look for the file at another place.",
        ) from error
    if is_this_machine(new.hostname or "") and not is_this_machine(host_of(url)):
        raise DownloadError(
            f"{host_of(url)} sent the download on into this machine, which isn't followed.",
            "Look for the file at another place.",
        )
    return target


def origin(url: str) -> tuple[str, str, int]:
    """Scheme, host and port: what a token belongs to."""
    parts = urlsplit(url)
    return parts.scheme, (parts.hostname or "").lower(), parts.port or _PORTS.get(parts.scheme, 0)


def host_of(url: str) -> str:
    return (urlsplit(url).hostname or "").lower()


def is_this_machine(host: str) -> bool:
    """Whether a host is a loopback address, by its name or number alone: nothing is looked up."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _shown(url: str) -> str:
    """An address for a sentence, without its query, which may hold somebody's key."""
    return "".join(char if char.isprintable() else "�" for char in url.split("?")[0][:200])
