"""Where the steps lie on the timeline's strip. Pure arithmetic, no Qt."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class StepGeometry:
    """`steps` slots of equal width beside each other, in a strip of `width` pixels."""

    width: float
    steps: int

    @property
    def slot_width(self) -> float:
        return self.width / max(self.steps, 1)

    def left(self, step: int) -> float:
        """The left edge of a step's slot; steps count from 1."""
        return (step - 1) * self.slot_width

    def centre(self, step: int) -> float:
        return self.left(step) + self.slot_width / 2

    def step_at(self, x: float) -> int:
        """The step whose slot is at or nearest to `x`."""
        if self.width <= 0:
            return 1
        share = min(max(x / self.width, 0.0), 1.0)
        return min(int(share * self.steps) + 1, max(self.steps, 1))
