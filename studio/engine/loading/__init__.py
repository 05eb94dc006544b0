"""Models from the disk onto a device: `load` is what the rest of the engine uses."""

from studio.engine.loading.loading import load, scheduler_config

__all__ = ["load", "scheduler_config"]
