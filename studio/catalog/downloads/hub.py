"""What a repository on Hugging Face holds, from its API: names, sizes and checksums, no files.

Source: the Hub API's “model info” and “tree”, as huggingface_hub asks them. The answers come from
anybody who can upload, so each is bounded and checked.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote

from studio.catalog.downloads import answers
from studio.catalog.downloads.addresses import origin, redirected
from studio.catalog.downloads.http_client import HttpClient
from studio.catalog.downloads.patience import Interruption, Patience
from studio.catalog.downloads.plan import RemoteFile
from studio.catalog.downloads.sources import Repository
from studio.catalog.downloads.stopping import Stop
from studio.domain.errors import DownloadError

_MAX_ANSWER_BYTES: Final = 16 << 20
_MAX_PAGES: Final = 50
_MAX_FILES: Final = 20_000
_COMMIT: Final = re.compile(r"[0-9a-f]{40}")
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_NEXT: Final = re.compile(r'<([^>]{1,4000})>\s*;\s*rel="next"')


@dataclass(frozen=True, slots=True)
class Listing:
    """A repository at one commit. `licence` is an id, empty where its page names none."""

    id: str
    commit: str
    licence: str
    page: str
    files: tuple[RemoteFile, ...]


class Hub:
    """Asks the server at `endpoint` (https://huggingface.co or a mirror). Any thread."""

    def __init__(self, client: HttpClient, endpoint: str, patience: Patience) -> None:
        self._client = client
        self._endpoint = endpoint.rstrip("/")
        self._patience = patience

    def page(self, repository: Repository) -> str:
        """Where people read about it."""
        return f"{self._endpoint}/{repository.id}"

    def listing(self, repository: Repository, stop: Stop) -> Listing:
        """Its files at the commit that its revision means now.

        Raises:
            DownloadError: there is no such one, it is shown to others only, or can't be reached.
            Stopped: `stop` was pulled.
        """
        revision = quote(repository.revision, safe="")
        base = f"{self._endpoint}/api/models/{repository.id}"
        info, _ = self._ask(f"{base}/revision/{revision}", repository, stop)
        commit = info.get("sha") if isinstance(info, dict) else None
        if not isinstance(commit, str) or not _COMMIT.fullmatch(commit):
            raise _odd(repository)
        files = tuple(self._files(f"{base}/tree/{commit}?recursive=true", repository, commit, stop))
        return Listing(repository.id, commit, _licence(info), self.page(repository), files)

    def small_json(self, file: RemoteFile, repository: Repository, stop: Stop) -> dict[str, Any]:
        """One of its small JSON files.

        Raises:
            DownloadError: it can't be had, or is no JSON object.
            Stopped: `stop` was pulled.
        """
        record, _ = self._ask(file.url, repository, stop)
        if not isinstance(record, dict):
            raise _odd(repository)
        return record

    def _files(
        self, url: str, repository: Repository, commit: str, stop: Stop
    ) -> Iterator[RemoteFile]:
        found = 0
        for _ in range(_MAX_PAGES):
            entries, following = self._ask(url, repository, stop)
            if not isinstance(entries, list):
                raise _odd(repository)
            found += len(entries)
            if found > _MAX_FILES:
                break
            for entry in entries:
                if not isinstance(entry, dict):
                    raise _odd(repository)
                if entry.get("type") == "file":
                    yield self._file(entry, repository, commit)
            if not following:
                return
            if origin(following) != origin(self._endpoint):
                raise _odd(repository)
            url = following
        raise DownloadError(
            f"{repository.id} holds more than {_MAX_FILES} files.",
            "Name the one you want: org/name:file.safetensors.",
        )

    def _file(self, entry: dict[str, Any], repository: Repository, commit: str) -> RemoteFile:
        path, size_bytes, git_sha1 = entry.get("path"), entry.get("size"), entry.get("oid")
        lfs = entry.get("lfs")
        sha256 = lfs.get("oid") if isinstance(lfs, dict) else ""
        if not isinstance(path, str) or type(size_bytes) is not int or size_bytes < 0:
            raise _odd(repository)
        if sha256 and not (isinstance(sha256, str) and _SHA256.fullmatch(sha256)):
            raise _odd(repository)
        if not isinstance(git_sha1, str) or not _COMMIT.fullmatch(git_sha1):
            git_sha1 = ""
        address = f"{self._endpoint}/{repository.id}/resolve/{commit}/{quote(path)}"
        # What git calls a large file is the name of the note about it, not of its content.
        return RemoteFile(address, path, size_bytes, sha256 or "", "" if sha256 else git_sha1)

    def _ask(self, url: str, repository: Repository, stop: Stop) -> tuple[Any, str]:
        """A JSON answer, and where the next page of it is."""

        def attempt() -> tuple[bytes, str]:
            with self._client.get(url, stop) as response:
                answers.check_status(response, repository.id, self.page(repository))
                content = bytearray()
                while block := response.read(1 << 16):
                    content += block
                    if len(content) > _MAX_ANSWER_BYTES:
                        raise _odd(repository)
                if len(content) < answers.version_of(response).size_bytes:
                    raise Interruption(f"The listing of {repository.id} was cut off.")
                found = _NEXT.search(response.headers.get("Link", "")[:8_000])
                return bytes(content), redirected(url, found[1]) if found else ""

        content, following = self._patience.persist(attempt, stop)
        try:
            return json.loads(content), following
        except (ValueError, RecursionError):
            raise _odd(repository) from None


def _licence(info: dict[str, Any]) -> str:
    tags = info.get("tags")
    for tag in tags[:500] if isinstance(tags, list) else ():
        if isinstance(tag, str) and tag.startswith("license:"):
            return tag.removeprefix("license:")[:100]
    return ""


def _odd(repository: Repository) -> DownloadError:
    return DownloadError(
        f"The server's listing of {repository.id} makes no sense.",
        "Look whether HF_ENDPOINT names the right server, then resume.",
    )
