"""Numbers of one kind move alike, wherever the panel asks for them."""

from __future__ import annotations

from studio.ui.controls.number_control import NumberControl


def guidance_control(
    label: str, high: float, tip: str, *, slider_high: float = 6.0
) -> NumberControl:
    """How much something leads the denoising, 0 to `high`: by halves, 0 is not at all."""
    return NumberControl(
        label,
        0.0,
        high,
        step=0.5,
        big_step=2.0,
        fine_step=0.1,
        slider_high=slider_high,
        decimals=2,
        tip=tip,
    )


def strength_control(label: str, default: float, tip: str) -> NumberControl:
    """How far a picture may go from another, 0.01 to 1: all the way."""
    return NumberControl(
        label,
        0.01,
        1.0,
        step=0.05,
        big_step=0.2,
        fine_step=0.01,
        decimals=2,
        default=default,
        tip=tip,
    )
