"""Records that mean harm, in the places where programs keep theirs (R12), and an ear for what the
interpreter opens while they are read."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from tests.support.foreign_pictures import comfyui_prompt, raw_png

_VALUES: tuple[Any, ...] = (
    "/etc/passwd",
    "file:///etc/passwd",
    "\\\\server\\share\\model.safetensors",
    "http://127.0.0.1:1/x.safetensors",
    "../../../../model.ckpt",
    "${HOME}",
    "$(touch /tmp/never)",
    "__import__('os').system('true')",
    "{0.__class__.__mro__}",
    "%s%n%x",
    "\u202egnp.exe\u2066",
    "a\0b\x1b[31m\x7f",
    "<img src=file:///etc/passwd>",
    "con.safetensors",
    "\ud800",
    "x" * 100_000,
    "[" * 10_000,
    "(" * 10_000 + ")" * 10_000,
    "<lora:" * 5_000,
    1e308,
    -1e308,
    -1,
    0,
    10**9,
    10**30,
    True,
    None,
    [],
    {},
    [[[[[]]]]],
    {"__class__": "os.system", "__proto__": {"a": 1}},
    ["3", 0],
)
_KEYS = ("prompt", "seed", "steps", "width", "cfg", "model", "sampler", "loras")


def _texts(key: str, value: Any) -> Iterator[dict[str, str]]:
    """The value in one place of each program's record."""
    record = {key: value, "__class__": value, "__init__": {"x": value}}
    plain = value if isinstance(value, str) else json.dumps(value)
    plain = plain.replace("\0", "").encode("utf-8", "replace").decode()
    line = f"Steps: 20, Sampler: {plain}, Seed: {plain}, Size: {plain}x{plain}, Model: {plain}"
    yield {"parameters": f"{plain}\nNegative prompt: {plain}\n{line}, {key}: {plain}"}
    node = {"class_type": "PythonCode", "inputs": {"code": "import os", key: value}}
    yield {"prompt": json.dumps(comfyui_prompt(**{key: value}) | {"x": node, key: value})}
    yield {"workflow": json.dumps({"nodes": [{"id": value, "type": value}], "links": [value]})}
    yield {"invokeai_metadata": json.dumps(record | {"positive_prompt": "a"})}
    yield {"sd-metadata": json.dumps({"image": record, "model": value})}
    yield {"Software": "NovelAI", "Comment": json.dumps(record | {"uc": "a"})}
    yield {"parameters": json.dumps(record | {"base_model": value}), "fooocus_scheme": "fooocus"}
    yield {"parameters": json.dumps({"sui_image_params": record, "sui_models": value})}
    yield {"pentimento": json.dumps({"request": record, "index": value})}


RECORDS = [texts for key in _KEYS for value in _VALUES for texts in _texts(key, value)]


class Opened:
    """What the interpreter was asked to open or to run while `listening`."""

    def __init__(self) -> None:
        self.listening = False
        self.names: list[str] = []
        sys.addaudithook(self._hear)

    def _hear(self, event: str, args: tuple[Any, ...]) -> None:
        # Hooks can't be removed: it stays, deaf.
        if not self.listening:
            return
        if event == "open":
            self.names.append(str(args[0]))
        elif event in ("exec", "compile", "import") or event.startswith(
            ("socket.", "subprocess.", "os.", "ctypes.", "pickle.", "urllib.", "shutil.")
        ):
            self.names.append(event)


def write(path: Path, texts: dict[str, str]) -> Path:
    chunks = [
        (b"iTXt", key.encode() + b"\0\0\0\0\0" + text.encode("utf-8", "replace"))
        for key, text in texts.items()
    ]
    path.write_bytes(raw_png(*chunks))
    return path
