"""A request's reference pictures, seen by IP-Adapters."""

from __future__ import annotations

from dataclasses import dataclass

import torch


@dataclass(frozen=True, slots=True)
class BoundReferences:
    """What the model is shown of the reference pictures: for each, of it and of nothing, with one
    row."""

    something: tuple[torch.Tensor, ...]
    nothing: tuple[torch.Tensor, ...]

    def named(self, images: int, *, guided: bool) -> list[torch.Tensor]:
        """As a model takes them for `images` pictures, guided ones (first without, then towards) or
        not: each (B, 1, …)."""
        shown = []
        for something, nothing in zip(self.something, self.nothing, strict=True):
            towards = torch.cat([something[None]] * images)
            without = torch.cat([nothing[None]] * images)
            shown.append(torch.cat([without, towards]) if guided else towards)
        return shown
