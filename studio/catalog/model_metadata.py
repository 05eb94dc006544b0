"""What a file says of itself in its header: Stability's modelspec and kohya's training record.

Sources: the Stable Diffusion model specification (modelspec.*) and the `ss_*` keys that kohya's
sd-scripts write.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections import Counter
from collections.abc import Mapping
from typing import Any, Final

from studio.catalog.sidecars import plain_text, words

_MAX_THUMBNAIL_CHARS: Final = 4 << 20
_MAX_TAG_RECORD_CHARS: Final = 8 << 20
_MAX_TAGS: Final = 3
_SHARE_OF_PICTURES: Final = 0.9
_HASH: Final = re.compile("[0-9a-f]{12}")
_PICTURES: Final = ("jpeg", "png", "webp")
_PREDICTIONS: Final[Mapping[str, str]] = {
    "v": "v_prediction",
    "v_prediction": "v_prediction",
    "epsilon": "epsilon",
}


def spec(metadata: Mapping[str, str], key: str, limit: int = 4_000) -> str:
    """One value of modelspec as plain text, empty if there is none."""
    return plain_text(metadata.get(f"modelspec.{key}", ""), limit)


def prediction_type(metadata: Mapping[str, str]) -> str:
    """What the maker says that the model predicts, in diffusers' word; empty if nothing."""
    if metadata.get("ss_v_parameterization") == "True":
        return "v_prediction"
    return _PREDICTIONS.get(spec(metadata, "prediction_type").lower(), "")


def written_hash(metadata: Mapping[str, str]) -> str:
    """The first 12 digits of the sha256 of the weights, as kohya's sd-scripts write it into a file
    and the A1111 web UI takes it from there; "" if none stands there."""
    found = _HASH.match(metadata.get("sshs_model_hash", "")[:64].lower())
    return "" if found is None else found[0]


def trigger_words(metadata: Mapping[str, str]) -> tuple[str, ...]:
    """The maker's trigger phrase, or else what stood in the captions of nearly all pictures."""
    if phrase := spec(metadata, "trigger_phrase"):
        return words(phrase.split(","))
    record = _object(metadata.get("ss_tag_frequency", ""))
    counts: Counter[str] = Counter()
    for tags in record.values():
        if isinstance(tags, dict):
            counts.update({tag.strip(): n for tag, n in tags.items() if type(n) is int and n > 0})
    if not counts:
        return ()
    pictures = _pictures(metadata) or counts.most_common(1)[0][1]
    often = [tag for tag, n in counts.most_common(_MAX_TAGS) if n >= _SHARE_OF_PICTURES * pictures]
    return words(often)


def thumbnail(metadata: Mapping[str, str]) -> bytes | None:
    """The encoded picture in modelspec.thumbnail, a data URL; not decoded or checked here."""
    url = metadata.get("modelspec.thumbnail", "")
    head, _, body = url.partition(",")
    kinds = [f"data:image/{kind};base64" for kind in _PICTURES]
    if head.lower() not in kinds or len(body) > _MAX_THUMBNAIL_CHARS:
        return None
    try:
        return base64.b64decode(body, validate=True)
    except binascii.Error:
        return None


def _pictures(metadata: Mapping[str, str]) -> int:
    """How many pictures a LoRA was trained on, if kohya's record says so."""
    text = metadata.get("ss_num_train_images", "")
    return int(text) if text.isascii() and text.isdecimal() and len(text) < 9 else 0


def _object(text: str) -> Mapping[str, Any]:
    if not text or len(text) > _MAX_TAG_RECORD_CHARS:
        return {}
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return {}
    return record if isinstance(record, dict) else {}
