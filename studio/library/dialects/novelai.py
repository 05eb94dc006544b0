"""NovelAI: `Comment` holds JSON, `Description` the prompt, `Source` the model.

In a PNG these are texts, in a WebP EXIF's UserComment, ImageDescription and Software; the same
again is hidden in the alpha channel (stealth.py).
"""

from __future__ import annotations

import re
from typing import Any, Final

from studio.library.dialects.values import at, comment_text, json_object, others_of, text_of
from studio.library.labels.embedded import Embedded
from studio.library.labels.exif import IMAGE_DESCRIPTION, SOFTWARE, exif_text
from studio.library.settings import PictureSettings

PROGRAM: Final = "NovelAI"
_MODEL_HASH: Final = re.compile(r"^(.*) ([0-9A-Fa-f]{8})$")
_KNOWN: Final = frozenset(
    {"prompt", "uc", "seed", "steps", "scale", "sampler", "width", "height", "strength"}
    | {"noise_schedule", "signed_hash", "request_type"}
)


def read(embedded: Embedded) -> PictureSettings | None:
    """From the comment, if it is one of NovelAI's."""
    texts = embedded.texts
    software = texts.get("Software", "") or exif_text(embedded.exif.get(SOFTWARE, b""))
    comment = texts.get("Comment", "") or comment_text(embedded)
    values = json_object(comment)
    if values is not None and isinstance(values.get("Comment"), str):
        # In a WebP all the texts together are one object.
        texts = {key: value for key, value in values.items() if isinstance(value, str)}
        values = json_object(texts["Comment"])
    if values is None or not (software.startswith(PROGRAM) or _looks_like_it(values)):
        return None
    schedule = text_of(values.get("noise_schedule"))
    sampler = text_of(values.get("sampler"))
    if schedule not in ("", "native"):
        sampler = f"{sampler} {schedule}"
    source = texts.get("Source", "")
    found = _MODEL_HASH.match(source[:200])
    return PictureSettings(
        program=PROGRAM,
        prompt=_prompt(values, "v4_prompt", "prompt")
        or texts.get("Description", "")
        or exif_text(embedded.exif.get(IMAGE_DESCRIPTION, b"")),
        negative_prompt=_prompt(values, "v4_negative_prompt", "uc"),
        model=found[1] if found else source,
        model_hash=found[2].lower() if found else "",
        seed=values.get("seed"),
        steps=values.get("steps"),
        guidance_scale=values.get("scale"),
        sampler=sampler,
        width=values.get("width"),
        height=values.get("height"),
        strength=values.get("strength") if "strength" in values else None,
        text=comment,
        others=others_of(values, _KNOWN),
    )


def _looks_like_it(values: dict[str, Any]) -> bool:
    return "uc" in values and "scale" in values and "sampler" in values and "c" not in values


def _prompt(values: dict[str, Any], newer: str, older: str) -> str:
    """The plain one, or the newer one's base with those of its characters."""
    caption = at(values, newer, "caption")
    parts = [text_of(at(caption, "base_caption")) or text_of(values.get(older))]
    characters = at(caption, "char_captions")
    if isinstance(characters, list):
        parts += [text_of(at(part, "char_caption")) for part in characters[:16]]
    return "\n".join(filter(None, parts))
