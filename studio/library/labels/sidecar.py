"""The file beside a picture that says what the artist thinks of it: `NAME.png.xmp`.

Photo programs read and write such files under the same name, so what they say in it stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from pathlib import Path
from typing import Final

from studio.library.files.disk import Disk
from studio.library.index.marks import UNMARKED, Marks
from studio.library.labels import metadata
from studio.library.labels.xmp import MAX_PACKET_BYTES, XmpFields, packet, read_packet
from studio.library.picture import PictureRecord

SUFFIX: Final = ".xmp"


@dataclass(frozen=True, slots=True)
class Sidecar:
    """What a sidecar says; `record` is there for pictures whose own files aren't ours to change."""

    marks: Marks = UNMARKED
    record: PictureRecord | None = None


def sidecar_path(picture: Path) -> Path:
    """Where the sidecar of the picture at this path lies."""
    return picture.with_name(picture.name + SUFFIX)


def read_sidecar(picture: Path) -> Sidecar:
    """What is said beside the picture at this path; nothing if there is no readable sidecar.

    Never raises.
    """
    fields = _fields(_content(sidecar_path(picture)))
    record = metadata.record_from_json(fields.record) if fields.record else None
    return Sidecar(Marks(fields.rating, fields.subjects, fields.collections), record)


def write_marks(picture: Path, marks: Marks, disk: Disk, saved_tags: tuple[str, ...] = ()) -> None:
    """Say what the artist thinks of the picture at this path; a sidecar with no word in it goes.

    Tags that another program added since `saved_tags` were written stay.

    Raises:
        OSError: the disk refused; the sidecar is as it was.
    """
    path = sidecar_path(picture)
    content = _content(path)
    if not path.exists() and marks == UNMARKED:
        return
    if path.exists() and read_packet(content) is None:
        # Whoever wrote it may still want it.
        disk.rename(path, path.with_name(f"{path.name}.unreadable"))
        content = b""
    said = _fields(content)
    others = (tag for tag in said.subjects if tag not in saved_tags)
    tags = tuple(dict.fromkeys((*marks.tags, *others)))
    fields = replace(said, rating=marks.rating, subjects=tags, collections=marks.collections)
    new = packet(fields, content)
    if new == packet(XmpFields()):
        disk.remove(path)
    elif new != content:
        disk.replace(path, new)


def write_record(picture: Path, record: PictureRecord, disk: Disk) -> None:
    """Say another record of the picture at this path; the rest of its sidecar stays.

    Raises:
        OSError: the disk refused; the sidecar is as it was.
    """
    path = sidecar_path(picture)
    content = _content(path)
    said = replace(_fields(content), record=metadata.record_to_json(record))
    disk.replace(path, packet(said, content))


def record_content(record: PictureRecord, marks: Marks = UNMARKED) -> bytes:
    """A new sidecar for a picture whose own file doesn't hold our record."""
    return packet(
        XmpFields(
            rating=marks.rating,
            subjects=marks.tags,
            collections=marks.collections,
            record=metadata.record_to_json(record),
        )
    )


def _content(path: Path) -> bytes:
    try:
        if path.stat().st_size > MAX_PACKET_BYTES:
            return b""
        return path.read_bytes()
    except OSError:
        return b""


def _fields(content: bytes) -> XmpFields:
    return (read_packet(content) if content else None) or XmpFields()
