"""The models window: what is on this disk, where it lies, and what can be downloaded."""

from studio.ui.models.model_drops import ModelDrops
from studio.ui.models.opening import open_models

__all__ = ["ModelDrops", "open_models"]
