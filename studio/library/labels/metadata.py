"""A picture's record inside its own file: written whole, read back with limits, never trusted.

As JSON: in a PNG in an iTXt chunk “pentimento”, in JPEG, WebP and AVIF in XMP. What else a file
tells, and to whom, is in labelling.py.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, BinaryIO, Final

import studio
from studio.domain.errors import RequestError
from studio.domain.limits import MAX_IMAGES_PER_PROMPT
from studio.domain.making import Making
from studio.domain.request import Request
from studio.library.labels import png
from studio.library.labels.embedded import MAX_FILE_BYTES, read_embedded_from
from studio.library.picture import Parent, ParentRole, PictureRecord
from studio.library.settings import clean_name

PNG_KEYWORD: Final = "pentimento"
MAX_RECORD_CHARS: Final = 1 << 20
MAX_PARENTS: Final = 64
_SHA256: Final = re.compile(r"[0-9a-f]{64}")


def record_to_json(record: PictureRecord) -> str:
    """The record as JSON in ASCII."""
    fields: dict[str, Any] = {
        "studio": studio.__version__,
        "index": record.index,
        "created": record.created.astimezone(UTC).isoformat(),
        "elapsed_s": record.elapsed_s,
        "pixels": record.pixel_digest,
        "operation": record.operation,
        "request": None if record.request is None else json.loads(record.request.to_json()),
    }
    if record.parents:
        fields["parents"] = [asdict(parent) for parent in record.parents]
    # Absent where empty, as in files written before these fields were there.
    belongings = {"batch": record.batch, "project": record.project, "title": record.title}
    fields |= {name: text for name, text in belongings.items() if text}
    if record.making is not None:
        fields["making"] = record.making.to_record()
    return json.dumps(fields, separators=(",", ":"))


def record_from_json(text: str) -> PictureRecord | None:
    """What `record_to_json` wrote, or None for anything that isn't exactly that."""
    if len(text) > MAX_RECORD_CHARS:
        return None
    try:
        fields: Any = json.loads(text)
        told = fields["request"]
        request = None if told is None else Request.from_json(json.dumps(told))
        created = datetime.fromisoformat(fields["created"]).astimezone(UTC)
        index, elapsed_s, digest = fields["index"], fields["elapsed_s"], fields["pixels"]
        if type(index) is not int or not 0 <= index < MAX_IMAGES_PER_PROMPT:
            return None
        if type(elapsed_s) not in (int, float) or not 0 <= elapsed_s < math.inf:
            return None
        if not _SHA256.fullmatch(digest):
            return None
        parents = tuple(_parent(parent) for parent in fields.get("parents", ())[:MAX_PARENTS])
        return PictureRecord(
            request,
            index,
            created,
            float(elapsed_s),
            digest,
            parents,
            batch=clean_name(fields.get("batch")),
            project=clean_name(fields.get("project")),
            title=clean_name(fields.get("title")),
            making=Making.from_record(fields.get("making")),
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, RequestError):
        return None


def _parent(fields: Any) -> Parent:
    if not _SHA256.fullmatch(fields["digest"]):
        raise ValueError("no digest")
    return Parent(ParentRole(fields["role"]), fields["digest"])


def read_record(path: Path) -> PictureRecord | None:
    """The record that a PNG, JPEG, WebP or AVIF file carries; None if there is none that can be
    used.

    Never raises for what the file holds.

    Raises:
        OSError: the file can't be read at all.
    """
    with path.open("rb") as file:
        return read_record_from(file)


def read_record_from(file: BinaryIO) -> PictureRecord | None:
    """As `read_record`, from an open file."""
    if file.read(8) != png.SIGNATURE:
        xmp = read_embedded_from(file).xmp
        return record_from_json(xmp.record) if xmp is not None and xmp.record else None
    if file.seek(0, 2) > MAX_FILE_BYTES:
        return None
    try:
        text = png.read_text(file, PNG_KEYWORD)
    except png.BrokenPng:
        return None
    return record_from_json(text) if text is not None else None


def read_request(path: Path) -> Request | None:
    """The request that made a picture file, as in `read_record`."""
    record = read_record(path)
    return record.request if record is not None else None
