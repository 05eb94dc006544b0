"""On what the timings were taken."""

from __future__ import annotations

import os
import platform
from importlib.metadata import version
from typing import Any

from studio import __version__


def describe_machine() -> dict[str, Any]:
    """Device, threads, versions and how busy the machine was before the first measurement."""
    # In this order: the engine says how torch's threads wait, before torch is imported.
    from studio.engine.devices import pick_device  # isort: skip
    import torch

    return {
        "device": pick_device().name,
        "cpu_cores": os.cpu_count(),
        "torch_threads": torch.get_num_threads(),
        "load_average": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
        "qt_platform": os.environ.get("QT_QPA_PLATFORM", ""),
        "system": platform.platform(terse=True),
        "versions": {
            "pentimento": __version__,
            "python": platform.python_version(),
            **{name: version(name) for name in ("torch", "diffusers", "PySide6-Essentials")},
        },
    }
