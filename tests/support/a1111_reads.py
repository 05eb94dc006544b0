"""How A1111's web UI takes its own text apart: an oracle for what the studio writes.

The rules are those of modules/infotext_utils.py, version 1.10: the last line counts as settings
when it holds at least three pairs; a value is quoted as JSON or ends at a comma; "AxB" is a size.
"""

from __future__ import annotations

import json
import re

_PAIR = re.compile(r'\s*(\w[\w \-/]+):\s*("(?:\\.|[^\\"])+"|[^,]*)(?:,|$)')
_SIZE = re.compile(r"^(\d+)x(\d+)$")


def parse(text: str) -> dict[str, str]:
    """Its fields, with "Prompt" and "Negative prompt"; sizes as "Size-1" and "Size-2"."""
    *lines, last = text.strip().split("\n")
    if len(_PAIR.findall(last)) < 3:
        lines.append(last)
        last = ""
    prompts = {"Prompt": "", "Negative prompt": ""}
    side = "Prompt"
    for line in map(str.strip, lines):
        if line.startswith("Negative prompt:"):
            side, line = "Negative prompt", line[16:].strip()
        prompts[side] += ("\n" if prompts[side] else "") + line
    fields = {}
    for key, value in _PAIR.findall(last):
        if not value:
            continue  # there it raises, is printed, and passed over
        value = _unquoted(value)
        if (size := _SIZE.match(value)) is not None:
            fields[f"{key}-1"], fields[f"{key}-2"] = size.groups()
        else:
            fields[key] = value
    return {**prompts, **fields}


def _unquoted(value: str) -> str:
    if value[0] != '"' or value[-1] != '"':
        return value
    try:
        return str(json.loads(value))
    except ValueError:
        return value
