"""The facts behind `pentimento doctor`, as plain JSON values."""

from __future__ import annotations

import ctypes
import os
import platform
import shutil
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, fields
from importlib import metadata
from pathlib import Path
from typing import Any, Final

import psutil

from studio import __version__
from studio.catalog import Catalog
from studio.cli.findings import Findings, gib
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
# What each is good for: none is needed to begin.
_EXTRAS: Final = {
    "nvidia-ml-py": "readout of an NVIDIA card",
    "gguf": "packed models (GGUF)",
    "torchao": "int8 weights",
    "bitsandbytes": "nf4 weights",
    "keyring": "tokens for model sites",
}
_LITTLE_SPACE_BYTES: Final = 2 << 30
# The one that no desktop but a Qt one brings along: where it is, the others are.
_X11_LIBRARY: Final = "libxcb-cursor.so.0"


def examine(folders: Folders) -> Findings:
    """Versions, device, memory, models, where the default one would lie, folders; `problems` and
    `hints` are sentences.

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
        "extras": {name: {"version": _version(name), "use": use} for name, use in _EXTRAS.items()},
        "device": _device(),
        "placement": _placement(catalog),
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
        "addons": dict(Counter(str(addon.kind) for addon in catalog.addons())),
        "places": [
            {
                "path": str(place.path),
                "layout": str(place.layout),
                "models": place.models,
                "addons": place.addons,
                "refused": place.refused,
                "sentence": place.sentence,
            }
            for place in catalog.places()
        ],
        "refused": [
            {"path": str(refusal.path), "reason": refusal.reason} for refusal in catalog.refused()
        ],
        "history": None if history is None else asdict(history),
        "folders": {name: _folder(path) for name, path in _named(folders)},
        "compiled": _compiled(folders),
    }
    findings["problems"] = list(_problems(findings, folders))
    findings["hints"] = list(_hints(findings))
    return findings


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
            yield f"Only {gib(folder['free_bytes'])} are free for {folder['path']}. Make room."


def _hints(findings: Findings) -> Iterator[str]:
    if (findings["packages"]["torch"] or "").endswith("+cpu") and shutil.which("nvidia-smi"):
        yield (
            "There is an NVIDIA card, but torch was installed for the CPU: "
            "PENTIMENTO_TORCH=cuda packaging/run installs the other one."
        )
    elif findings["device"].get("kind") == "cpu":
        yield "No graphics card is used: all is computed by the CPU, large models slowly."
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


def _placement(catalog: Catalog) -> dict[str, Any] | None:
    """Where the studio by itself would put the model that it begins with; None if it can't say."""
    try:
        from studio.engine.devices import pick_device
        from studio.engine.placement import plan
        from studio.engine.placement.facts import device_facts, model_facts

        model = catalog.default()
        placement = plan(device_facts(pick_device()), model_facts(model))
    except (ImportError, StudioError):
        return None  # said elsewhere: no torch, no such device, no model
    return {
        "model": model.name,
        "fits": placement.fits,
        "needs_bytes": placement.needs_bytes,
        "sentence": placement.sentence,
    }


def _compiled(folders: Folders) -> dict[str, Any] | None:
    """Where the compilers keep what fast modes made, and how much that is."""
    try:
        from studio.engine.fast.compiling import kept_folders
    except ImportError:
        return None
    kept = [path for path in kept_folders(folders.cache).values() if path.is_dir()]
    size = sum(file.stat().st_size for path in kept for file in path.rglob("*") if file.is_file())
    return {"path": str(folders.cache), "size_bytes": size}


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
