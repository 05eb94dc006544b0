"""What a person can name to be downloaded: a repository on Hugging Face, or a file's address."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Final
from urllib.parse import unquote, urlsplit, urlunsplit

from studio.catalog.downloads.addresses import check_address
from studio.domain.errors import DownloadError

HUB_HOSTS: Final = frozenset({"huggingface.co", "www.huggingface.co", "hf.co"})
_PART: Final = r"[A-Za-z0-9](?:[A-Za-z0-9._-]{0,94}[A-Za-z0-9_])?"
_REPOSITORY: Final = re.compile(
    rf"(?P<id>{_PART}/{_PART})(?:@(?P<revision>[^:@\s]{{1,200}}))?(?::(?P<files>[^:]{{1,500}}))?"
)
_SHA256: Final = re.compile(r"sha256=([0-9a-fA-F]{64})")


@dataclass(frozen=True, slots=True)
class Repository:
    """`id` is “org/name”; `revision` a branch, tag or commit; `files` one path or a pattern with
    “*” for which of its files, empty for those that the studio needs."""

    id: str
    revision: str = "main"
    files: str = ""

    def __str__(self) -> str:
        revision = "" if self.revision == "main" else f"@{self.revision}"
        return f"{self.id}{revision}{f':{self.files}' if self.files else ''}"


@dataclass(frozen=True, slots=True)
class Address:
    """A file's URL. `sha256` (hex, lower case) is empty where nobody said it.

    `str()` leaves out the query, which may hold somebody's key.
    """

    url: str
    sha256: str = ""

    def __str__(self) -> str:
        return urlunsplit(urlsplit(self.url)._replace(query="", fragment=""))


def read_source(text: str) -> Repository | Address:
    """What “org/name[@revision][:file or pattern]” or an address means.

    Pages of huggingface.co count as their repository or file. “#sha256=…” behind an address says
    what its file must be.

    Raises:
        DownloadError: neither of the two, or an address that the studio doesn't open.
    """
    text = text.strip()
    if "://" in text:
        return _read_address(text)
    if (found := _REPOSITORY.fullmatch(text)) is None or ".." in found["id"]:
        raise DownloadError(
            f"“{text[:200]}” is neither a repository nor an address.",
            "Write org/name, org/name:file.safetensors or https://….",
        )
    return Repository(found["id"], found["revision"] or "main", found["files"] or "")


def _read_address(text: str) -> Repository | Address:
    check_address(text)
    parts = urlsplit(text)
    if parts.hostname in HUB_HOSTS and (repository := _repository_of(parts.path)):
        return repository
    sha256 = found[1].lower() if (found := _SHA256.fullmatch(parts.fragment)) else ""
    return Address(urlunsplit(parts._replace(fragment="")), sha256)


def _repository_of(path: str) -> Repository | None:
    """/org/name[/tree|blob|resolve/revision[/file]], as the site's pages are addressed."""
    organisation, name, *rest = (*unquote(path).strip("/").split("/"), "")
    identity = f"{organisation}/{name}"
    if _REPOSITORY.fullmatch(identity) is None:
        return None
    match [part for part in rest if part]:
        case []:
            return Repository(identity)
        case ["tree", revision]:
            return Repository(identity, revision)
        case ["blob" | "resolve", revision, *file] if file:
            return Repository(identity, revision, "/".join(file))
        case _:
            return None
