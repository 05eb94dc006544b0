"""What a server's answer means: its status, and the headers about length, version and waiting."""

from __future__ import annotations

import re
from collections.abc import Callable
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from typing import Final
from urllib.parse import urlsplit

from studio.catalog.downloads.addresses import host_of
from studio.catalog.downloads.http_client import Response
from studio.catalog.downloads.part import Version
from studio.catalog.downloads.patience import Interruption
from studio.domain.errors import DownloadError

OK: Final = 200
PARTIAL: Final = 206
RANGE_NOT_SATISFIABLE: Final = 416
_BUSY: Final = frozenset({408, 425, 429, 500, 502, 503, 504})
_CONTENT_RANGE: Final = re.compile(r"bytes (?:(\d{1,18})-(\d{1,18})|\*)/(\d{1,18}|\*)")

_RATE_LIMIT: Final = re.compile(r";\s*t=(\d{1,6})\b")


def check_status(response: Response, what: str, page: str) -> None:
    """Passes answers that bring something, or say that a range is beyond the end.

    Args:
        what: the file or repository that was asked for.
        page: where a person can accept a licence or look for it; may be empty.

    Raises:
        Interruption: the server is busy or has a fault of its own.
        DownloadError: it refuses; the sentence says why.
    """
    status, host = response.status, host_of(response.url)
    if status in (OK, PARTIAL, RANGE_NOT_SATISFIABLE):
        return
    if status in _BUSY:
        busy = "is busy" if status in (425, 429, 503) else f"has a fault (HTTP {status})"
        raise Interruption(f"{host} {busy}.", _retry_after_s(response))
    code = response.headers.get("X-Error-Code", "")
    if code == "GatedRepo":
        raise DownloadError(
            f"{what} is given only to those who accepted its licence.",
            f"Accept it on {page or 'its page'}, then log in: set HF_TOKEN, or"
            " “pentimento models download --login”; then resume.",
        )
    if code == "RevisionNotFound":
        raise DownloadError(f"{what} has no such revision.", f"Look on {page or 'its page'}.")
    if code == "RepoNotFound" or (status == 401 and page):
        raise DownloadError(
            f"{what} isn't there, or is shown only to those who log in.",
            "Look whether its name is right; for a private one set HF_TOKEN, then resume.",
        )
    if status in (401, 403):
        raise DownloadError(
            f"{host} gives {what} only to those who log in.",
            f"Keep a token for it: “pentimento models download --login {_site(response.url)}”.",
        )
    if status in (404, 410):
        raise DownloadError(f"{what} isn't on {host}.", "Look whether its name is right.")
    raise DownloadError(f"{host} refuses to send {what} (HTTP {status}).", "Try again later.")


def check_is_file(response: Response, name: str) -> None:
    """Passes what may be a model's file.

    Raises:
        DownloadError: a web page, or packed in a way that can't be gone on with.
    """
    kind = response.headers.get_content_type() if "Content-Type" in response.headers else ""
    if kind in ("text/html", "application/xhtml+xml"):
        raise DownloadError(
            f"{host_of(response.url)} sent a web page instead of {name}.",
            "It may want you to log in: open the address in a browser to see.",
        )
    if response.headers.get("Content-Encoding", "identity").lower() not in ("identity", ""):
        raise DownloadError(
            f"{host_of(response.url)} sends {name} packed, which it wasn't asked for.",
            "Look for the file at another place.",
        )


def version_of(response: Response) -> Version:
    """Which version of the file the answer is from."""
    return Version(
        response.headers.get("ETag", "")[:500],
        response.headers.get("Last-Modified", "")[:100],
        _total_bytes(response),
    )


def range_start(response: Response) -> int | None:
    """Where a partial answer begins; None where it doesn't say."""
    found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
    return int(found[1]) if found and found[1] else None


def _total_bytes(response: Response) -> int:
    """The whole file's size, 0 where the answer doesn't tell."""
    if response.status in (PARTIAL, RANGE_NOT_SATISFIABLE):
        found = _CONTENT_RANGE.fullmatch(response.headers.get("Content-Range", "").strip())
        return int(found[3]) if found and found[3] != "*" else 0
    length = response.headers.get("Content-Length", "").strip()
    return int(length) if re.fullmatch(r"\d{1,18}", length) else 0


def _retry_after_s(
    response: Response, now: Callable[[], datetime] = lambda: datetime.now(UTC)
) -> float | None:
    """How long the server wants us to wait, as seconds or as a date; None if it doesn't say.

    Hugging Face says it in the header RateLimit, of an IETF draft: `"api";r=0;t=55`.
    """
    wish = response.headers.get("Retry-After", "").strip()
    if not wish and (found := _RATE_LIMIT.search(response.headers.get("RateLimit", "")[:500])):
        wish = found[1]
    if re.fullmatch(r"\d{1,6}", wish):
        return float(wish)
    try:
        then = parsedate_to_datetime(wish)
    except ValueError:
        return None
    if then.tzinfo is None:
        then = then.replace(tzinfo=UTC)
    return max(0.0, (then - now()).total_seconds())


def _site(url: str) -> str:
    parts = urlsplit(url)
    return f"{parts.scheme}://{parts.netloc}"
