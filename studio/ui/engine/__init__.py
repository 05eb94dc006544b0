"""What the artist decides of the engine, and what it costs: two dialogs beside the window."""

from studio.ui.engine.opening import open_energy, open_engine

__all__ = ["open_energy", "open_engine"]
