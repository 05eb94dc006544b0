"""Models from the disk onto a device: `load` is what the rest of the engine uses."""

from studio.engine.loading.folders import scheduler_config
from studio.engine.loading.loading import load

__all__ = ["load", "scheduler_config"]
