"""What the studio itself wrote."""

from __future__ import annotations

from studio.library.labels.embedded import Embedded
from studio.library.labels.metadata import PNG_KEYWORD, record_from_json
from studio.library.settings import PictureSettings


def read(embedded: Embedded) -> PictureSettings | None:
    """From our own record, in a PNG's text or in XMP."""
    text = embedded.texts.get(PNG_KEYWORD, "")
    if not text and embedded.xmp is not None:
        text = embedded.xmp.record
    record = record_from_json(text) if text else None
    if record is None or record.request is None:
        return None
    return PictureSettings.of(record.request, record.index)
