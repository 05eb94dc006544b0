"""What exactly will be fetched, and from where: decided once, kept on the disk, resumed from it."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any

from studio.catalog.downloads.addresses import check_address
from studio.catalog.downloads.destinations import Destination
from studio.catalog.downloads.names import clean_name, repository_path
from studio.domain.errors import DownloadError


@dataclass(frozen=True, slots=True)
class RemoteFile:
    """`path` is where it goes below the download's folder, with “/”. `size_bytes` is 0 where the
    server doesn't say; `sha256` and `git_sha1` (of git's blob) are hex, empty where unknown."""

    url: str
    path: str
    size_bytes: int = 0
    sha256: str = ""
    git_sha1: str = ""


@dataclass(frozen=True, slots=True)
class Plan:
    """`name` is that of the folder which the files make together, empty for files that stand
    alone. `destination` is None where only the file itself can tell. `page` is where a person
    reads about it, `commit` the repository's, `licence` an id; each may be empty."""

    files: tuple[RemoteFile, ...]
    name: str = ""
    destination: Destination | None = None
    page: str = ""
    commit: str = ""
    licence: str = ""

    @property
    def total_bytes(self) -> int:
        """0 while a size is unknown."""
        # A file of which a checksum is known is empty if its size is 0.
        known = all(file.size_bytes or file.sha256 or file.git_sha1 for file in self.files)
        return sum(file.size_bytes for file in self.files) if known else 0

    def to_record(self) -> dict[str, Any]:
        return asdict(self)

    @classmethod
    def from_record(cls, record: Any) -> Plan:
        """A plan that `to_record` made, every name and address checked anew.

        Raises:
            DownloadError: it is none, or holds what must not be.
        """
        try:
            destination = record["destination"]
            files = tuple(_file(entry) for entry in record["files"])
            plan = cls(
                files,
                str(record["name"]),
                destination=None if destination is None else Destination(destination),
                page=str(record["page"]),
                commit=str(record["commit"]),
                licence=str(record["licence"]),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise DownloadError("The notes about this download are damaged.") from error
        if not files or (plan.name and plan.name != clean_name(plan.name)):
            raise DownloadError("The notes about this download are damaged.")
        return plan


def _file(entry: Any) -> RemoteFile:
    check_address(entry["url"])
    size_bytes = entry["size_bytes"]
    if type(size_bytes) is not int or size_bytes < 0:
        raise ValueError(size_bytes)
    return RemoteFile(
        entry["url"],
        repository_path(entry["path"]),
        size_bytes,
        str(entry["sha256"]),
        str(entry["git_sha1"]),
    )
