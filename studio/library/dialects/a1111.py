"""The text of AUTOMATIC1111's web UI, which Forge, SD.Next, CivitAI and many others write, too.

Format: prompt, `Negative prompt: …`, then one line of `key: value` pairs; in a PNG's text
“parameters”, else in EXIF's UserComment. Source: modules/infotext_utils.py of the web UI.
"""

from __future__ import annotations

import json
import re
from typing import Final

from studio.library.dialects.values import comment_text, file_stem, json_object, short_hash
from studio.library.labels.embedded import Embedded
from studio.library.settings import PictureSettings, loras_in, number, whole

_NEGATIVE: Final = "Negative prompt:"
_FEWEST_PAIRS: Final = 3
_MAX_LINE_CHARS: Final = 256 << 10
_MAX_TEXT_CHARS: Final = 4 << 20
# A key begins where no key could have begun before it, so that no character is tried twice.
_PAIR: Final = re.compile(
    r'(?<![\w \-/])[ \-/]*+(\w[\w \-/]++):\s*+("(?:\\.|[^\\"])++"(?=,|$)|\{[^{}]*+\}|[^,]*+)(?:,|$)'
)
_SIZE: Final = re.compile(r"(\d+)x(\d+)")
_KNOWN: Final = frozenset(
    {
        "Steps",
        "Sampler",
        "Schedule type",
        "CFG scale",
        "Seed",
        "Size",
        "Model",
        "Model hash",
        "Denoising strength",
        "Clip skip",
        "Version",
        "App",
        "Hashes",
        "Lora hashes",
    }
)


def read(embedded: Embedded) -> PictureSettings | None:
    """From a PNG's “parameters” or from the comment of another file."""
    return read_infotext(embedded.texts.get("parameters", "") or comment_text(embedded))


def read_infotext(text: str) -> PictureSettings | None:
    """The settings that such a text tells; None if its last lines name none."""
    prompt, negative_prompt, written = split_infotext(text[:_MAX_TEXT_CHARS])
    # Spaces around a key or value mean something to the web UI's parser alone.
    pairs = {key.strip(): value.strip() for key, value in written.items() if value.strip()}
    if not pairs:
        return None
    size = _SIZE.fullmatch(pairs.get("Size", ""))
    sampler = pairs.get("Sampler", "")
    schedule = pairs.get("Schedule type", "")
    if schedule not in ("", "Automatic") and schedule.lower() not in sampler.lower():
        sampler = f"{sampler} {schedule}"
    model_hash = pairs.get("Model hash") or _hashes(pairs).get("model", "")
    # Flux is guided by a number of its own; the other one is then 1.
    guidance = pairs.get("Distilled CFG Scale") if pairs.get("CFG scale") in ("1", "1.0") else None
    return PictureSettings(
        program=_program(pairs),
        prompt=prompt,
        negative_prompt=negative_prompt,
        model=file_stem(pairs.get("Model", "")),
        model_hash=short_hash(model_hash),
        seed=whole(pairs.get("Seed")),
        steps=whole(pairs.get("Steps")),
        guidance_scale=number(guidance or pairs.get("CFG scale")),
        sampler=sampler,
        width=whole(size and size[1]),
        height=whole(size and size[2]),
        strength=number(pairs.get("Denoising strength")),
        clip_skip=whole(pairs.get("Clip skip")),
        loras=loras_in(prompt),
        lora_hashes=_lora_hashes(pairs),
        text=text,
        others=tuple((key, value) for key, value in pairs.items() if key not in _KNOWN),
    )


def split_infotext(text: str) -> tuple[str, str, dict[str, str]]:
    """Prompt, negative prompt and the pairs of the settings line, as the web UI takes it apart.

    Keys and values keep their spaces; of two with one key the last counts, and a size only where
    nothing else has its key. Text after that line, which extensions add, is passed over.
    """
    lines = text.strip().split("\n")
    pairs = _pairs(lines[-1])
    if len(pairs) >= _FEWEST_PAIRS:
        lines.pop()
    else:
        pairs = []
        for place in range(len(lines) - 1, 0, -1):
            if (
                lines[place].startswith("Steps: ")
                and len(found := _pairs(lines[place].rstrip())) > 2
            ):
                pairs, lines = found, lines[:place]
                break
    prompt: list[str] = []
    negative_prompt: list[str] = []
    taken = prompt
    for line in lines:
        line = line.strip()
        if line.startswith(_NEGATIVE):
            taken = negative_prompt
            line = line.removeprefix(_NEGATIVE).strip()
        if line or taken:
            taken.append(line)
    fields = {"Prompt": "\n".join(prompt), "Negative prompt": "\n".join(negative_prompt)}
    values = [(key, _unquoted(value)) for key, value in pairs if value]
    # The web UI keeps sizes under keys of their own.
    fields |= {key: value for key, value in values if _SIZE.fullmatch(value)}
    fields |= {key: value for key, value in values if not _SIZE.fullmatch(value)}
    return fields.pop("Prompt"), fields.pop("Negative prompt"), fields


def _pairs(line: str) -> list[tuple[str, str]]:
    return [] if len(line) > _MAX_LINE_CHARS else _PAIR.findall(line)


def _unquoted(value: str) -> str:
    if len(value) < 2 or value[0] != '"' or value[-1] != '"':
        return value
    try:
        return str(json.loads(value))
    except (ValueError, RecursionError):
        return value


def _hashes(pairs: dict[str, str]) -> dict[str, str]:
    hashes = json_object(pairs.get("Hashes", "")) or {}
    return {key: value for key, value in hashes.items() if isinstance(value, str)}


def _lora_hashes(pairs: dict[str, str]) -> tuple[tuple[str, str], ...]:
    """Names and hashes, from `Lora hashes: "ink: 1a2b3c4d5e6f, wash: …"` or, as CivitAI and others
    write it, from the `lora:` keys of `Hashes`."""
    told = [part.rpartition(":") for part in pairs.get("Lora hashes", "").split(",")]
    named = {name.strip(): digits.strip().lower() for name, _, digits in told if name.strip()}
    for key, digits in _hashes(pairs).items():
        if key.lower().startswith("lora:"):
            named.setdefault(key[5:].strip(), digits.strip().lower())
    return tuple(named.items())


def _program(pairs: dict[str, str]) -> str:
    app, version = pairs.get("App", ""), pairs.get("Version", "")
    if app:
        return app
    for name in ("Pentimento", "ComfyUI", "Fooocus", "Draw Things", "Easy Diffusion"):
        if version.startswith(name):
            return name
    if re.match(r"f\d|neo|forge", version, re.IGNORECASE):
        return "Forge"
    return "AUTOMATIC1111"
