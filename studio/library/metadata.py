"""A picture's record inside its own file: written whole, read back with limits, never trusted.

PNG: an iTXt chunk “pentimento” with the record as JSON, and a text chunk “parameters” for other
programs. JPEG and WebP: the JSON in XMP, the text for others in EXIF's UserComment. XMP also says
by IPTC's word that the picture was made by a model, or only upscaled by one.
"""

from __future__ import annotations

import html
import json
import logging
import math
import re
from dataclasses import asdict
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final

from PIL import Image, PngImagePlugin

import studio
from studio.domain.errors import RequestError
from studio.domain.request import MAX_IMAGES_PER_PROMPT, Request
from studio.domain.task import Task
from studio.library import png
from studio.library.infotext import infotext
from studio.library.picture import Parent, ParentRole, PictureRecord
from studio.library.settings import clean_name

log = logging.getLogger(__name__)

PNG_KEYWORD: Final = "pentimento"
MAX_FILE_BYTES: Final = 256 << 20
MAX_RECORD_CHARS: Final = 1 << 20
MAX_PARENTS: Final = 64
_USER_COMMENT: Final = 0x9286
_EXIF_IFD: Final = 0x8769
_SHA256: Final = re.compile(r"[0-9a-f]{64}")
_XMP_RECORD: Final = re.compile(r'pentimento:record="([^"]*)"')
_XMP: Final = (
    '<?xpacket begin="\ufeff" id="W5M0MpCehiHzreSzNTczkc9d"?>'
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">'
    '<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">'
    '<rdf:Description rdf:about=""'
    ' xmlns:pentimento="urn:pentimento:1.0"'
    ' xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"'
    " Iptc4xmpExt:DigitalSourceType="
    '"http://cv.iptc.org/newscodes/digitalsourcetype/{source_type}"'
    ' pentimento:record="{record}"/>'
    '</rdf:RDF></x:xmpmeta><?xpacket end="w"?>'
)


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
        belongings = [clean_name(fields.get(name)) for name in ("batch", "project", "title")]
        return PictureRecord(
            request, index, created, float(elapsed_s), digest, parents, *belongings
        )
    except (ValueError, TypeError, KeyError, OverflowError, RecursionError, RequestError):
        return None


def _parent(fields: Any) -> Parent:
    if not _SHA256.fullmatch(fields["digest"]):
        raise ValueError("no digest")
    return Parent(ParentRole(fields["role"]), fields["digest"])


def png_text(record: PictureRecord) -> PngImagePlugin.PngInfo:
    """The text chunks of a PNG file."""
    text = PngImagePlugin.PngInfo()
    text.add_itxt(PNG_KEYWORD, record_to_json(record))
    text.add_text("parameters", infotext(record, studio.__version__))
    return text


def exif(record: PictureRecord) -> Image.Exif:
    """EXIF whose UserComment other programs read, in the encoding that they expect."""
    block = Image.Exif()
    comment = infotext(record, studio.__version__).encode("utf-16-be")
    block.get_ifd(_EXIF_IFD)[_USER_COMMENT] = b"UNICODE\0" + comment
    return block


def xmp(record: PictureRecord) -> bytes:
    """The XMP packet with our own record."""
    request = record.request
    was_drawn = request is None or request.task is not Task.UPSCALE or request.model
    source_type = "trainedAlgorithmicMedia" if was_drawn else "algorithmicallyEnhanced"
    packet = _XMP.replace("{source_type}", source_type)
    return packet.replace("{record}", html.escape(record_to_json(record))).encode()


def read_record(path: Path) -> PictureRecord | None:
    """The record that a PNG, JPEG or WebP file carries; None if there is none that can be used.

    Never raises for what the file holds.

    Raises:
        OSError: the file can't be read at all.
    """
    if path.stat().st_size > MAX_FILE_BYTES:
        return None
    with path.open("rb") as file:
        if file.read(8) == png.SIGNATURE:
            try:
                text = png.read_text(file, PNG_KEYWORD)
            except png.BrokenPng:
                return None
            return record_from_json(text) if text is not None else None
    return _read_xmp_record(path)


def read_request(path: Path) -> Request | None:
    """The request that made a picture file, as in `read_record`."""
    record = read_record(path)
    return record.request if record is not None else None


def _read_xmp_record(path: Path) -> PictureRecord | None:
    try:
        with Image.open(path, formats=("JPEG", "WEBP")) as image:
            packet = image.info.get("xmp", b"")
    except Exception as error:  # noqa: BLE001 (decoders raise anything for what is damaged)
        log.debug("no record in %s: %s", path, error)
        return None
    if not isinstance(packet, bytes) or len(packet) > 2 * MAX_RECORD_CHARS:
        return None
    found = _XMP_RECORD.search(packet.decode(errors="replace"))
    return record_from_json(html.unescape(found[1])) if found else None
