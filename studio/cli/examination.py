"""The facts behind `pentimento doctor`, as plain JSON values, and the same in words."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
from collections.abc import Iterator
from dataclasses import asdict, fields
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import psutil

from studio import __version__
from studio.catalog import Catalog
from studio.domain.errors import StudioError
from studio.folders import Folders
from studio.library.upkeep.summary import summarise

_PACKAGES: Final = (
    "torch",
    "diffusers",
    "transformers",
    "safetensors",
    "numpy",
    "pillow",
    "PySide6-Essentials",
    "qasync",
)
_LITTLE_SPACE_BYTES: Final = 2 << 30
_GIB: Final = 1 << 30
# The one that no desktop but a Qt one brings along: where it is, the others are.
_X11_LIBRARY: Final = "libxcb-cursor.so.0"

Findings = dict[str, Any]


def examine(folders: Folders) -> Findings:
    """Versions, device, memory, models, folders; `problems` and `hints` are sentences.

    A problem stands in the way of making pictures; a hint doesn't.
    """
    memory = psutil.virtual_memory()
    catalog = Catalog.of(folders, only_looks=True)
    history = summarise(folders.data)
    findings: Findings = {
        "pentimento": __version__,
        "python": platform.python_version(),
        "system": _system(),
        "packages": {name: _version(name) for name in _PACKAGES},
        "memory": {"total_bytes": memory.total, "available_bytes": memory.available},
        "device": _device(),
        "models": [
            {
                "name": model.name,
                "title": model.title,
                "family": model.family,
                "native_size": str(model.native_size),
                "licence": model.licence,
                "path": str(model.path),
            }
            for model in catalog.models()
        ],
        "upscalers": [
            {"name": upscaler.name, "title": upscaler.title, "path": str(upscaler.path)}
            for upscaler in catalog.upscalers()
        ],
        "refused": [
            {"path": str(refusal.path), "reason": refusal.reason} for refusal in catalog.refused()
        ],
        "history": None if history is None else asdict(history),
        "folders": {name: _folder(path) for name, path in _named(folders)},
    }
    findings["problems"] = list(_problems(findings, folders))
    findings["hints"] = list(_hints(findings))
    return findings


def in_words(findings: Findings) -> str:
    """The findings for a person to read, one fact a line."""
    lines = [f"Pentimento {findings['pentimento']}, Python {findings['python']}"]
    lines.append(f"System    {findings['system']}")
    device = findings["device"]
    lines.append(f"Device    {device.get('name') or device['error']}")
    memory = findings["memory"]
    lines.append(
        f"Memory    {_gib(memory['available_bytes'])} free of {_gib(memory['total_bytes'])}"
    )
    lines.append("Packages  " + _table(findings["packages"]))
    lines.append("Models")
    for model in findings["models"]:
        lines.append(f"  {model['name']}  {model['title']}, {model['native_size']}")
        lines.append(f"    {model['path']}")
    lines.append("Upscalers")
    lines += (f"  {upscaler['name']}  {upscaler['title']}" for upscaler in findings["upscalers"])
    for refused in findings["refused"]:
        lines.append(f"  not used: {refused['path']}")
        lines.append(f"    {refused['reason']}")
    if (history := findings["history"]) is not None:
        steps = f"steps of {history['with_steps']:,} of them take {_gib(history['steps_bytes'])}"
        lines.append(f"History   {history['pictures']:,} pictures; {steps}")
    lines.append("Folders")
    for name, folder in findings["folders"].items():
        lines.append(f"  {name:9} {folder['path']}  ({_gib(folder['free_bytes'])} free)")
    for heading, key in (("Missing", "problems"), ("Good to know", "hints")):
        if findings[key]:
            lines += [heading, *(f"  {sentence}" for sentence in findings[key])]
    if not findings["problems"]:
        lines.append("All that is needed is there.")
    return "\n".join(lines)


def _problems(findings: Findings, folders: Folders) -> Iterator[str]:
    missing = [name for name, version in findings["packages"].items() if version is None]
    if missing:
        yield f"Not installed: {', '.join(missing)}. Run packaging/run, which installs them."
    if "error" in findings["device"]:
        yield findings["device"]["error"]
    if not findings["models"]:
        yield f"There is no model. Put one into {folders.models[0]}, in a folder of its own."
    for name in ("pictures", "data"):
        folder = findings["folders"][name]
        if not folder["writable"]:
            yield f"The studio may not write into {folder['path']}. Allow it or move the folder."
        elif folder["free_bytes"] < _LITTLE_SPACE_BYTES:
            yield f"Only {_gib(folder['free_bytes'])} are free for {folder['path']}. Make room."


def _hints(findings: Findings) -> Iterator[str]:
    if (findings["packages"]["torch"] or "").endswith("+cpu") and shutil.which("nvidia-smi"):
        yield (
            "There is an NVIDIA card, but torch was installed for the CPU: "
            "PENTIMENTO_TORCH=cuda packaging/run installs the other one."
        )
    if sys.platform != "linux":
        return
    if not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        yield "There is no display here, so the window can't open; “pentimento generate” works."
    try:
        ctypes.CDLL(_X11_LIBRARY)
    except OSError:
        yield "Qt lacks libraries for X11. Run packaging/run, which installs them or says how."


def _system() -> str:
    name = f"{platform.system()} {platform.release()} {platform.machine()}"
    if sys.platform != "linux":
        return name
    try:
        return f"{platform.freedesktop_os_release()['PRETTY_NAME']}, {name}"
    except (OSError, KeyError):
        return name


def _version(package: str) -> str | None:
    try:
        return metadata.version(package)
    except metadata.PackageNotFoundError:
        return None


def _device() -> dict[str, Any]:
    try:
        from studio.engine.devices import pick_device

        device = pick_device()
    except (ImportError, StudioError) as error:
        return {"error": str(error)}
    return {
        "name": device.name,
        "kind": device.torch_device.type,
        "dtype": str(device.dtype).removeprefix("torch."),
    }


def _named(folders: Folders) -> Iterator[tuple[str, Path]]:
    for field in fields(folders):
        value = getattr(folders, field.name)
        if isinstance(value, Path):
            yield field.name, value
        else:
            for number, path in enumerate(value, start=1):
                yield f"{field.name} {number}", path


def _folder(path: Path) -> dict[str, Any]:
    """Of a folder that isn't there yet: what holds for the place where it will be made."""
    place = next(above for above in (path, *path.parents) if above.exists())
    return {
        "path": str(path),
        "exists": path.is_dir(),
        "writable": place.is_dir() and os.access(place, os.W_OK),
        "free_bytes": shutil.disk_usage(place).free,
    }


def _table(versions: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())


def _gib(count_bytes: int) -> str:
    return f"{count_bytes / _GIB:.1f} GiB"
