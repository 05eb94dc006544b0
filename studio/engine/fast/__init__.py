"""Ways to make a step take less time: exact ones first. `FAST_MODES` is the table of them.

This façade imports no torch.
"""

from studio.engine.fast.modes import (
    CUDA_GRAPHS,
    FAST_MODES,
    FastMode,
    Fidelity,
    apply_modes,
    available,
    why_not_for,
)

__all__ = [
    "CUDA_GRAPHS",
    "FAST_MODES",
    "FastMode",
    "Fidelity",
    "apply_modes",
    "available",
    "why_not_for",
]
