"""The schedulers that artists know by name. What each one is made of is the engine's business."""

from __future__ import annotations

from enum import StrEnum


class Scheduler(StrEnum):
    """A scheduler by the name that stands in the artist's menu and in a picture's metadata."""

    EULER = "Euler"
    EULER_A = "Euler a"
    DPMPP_2M = "DPM++ 2M"
    DPMPP_2M_KARRAS = "DPM++ 2M Karras"
    DPMPP_2M_SDE = "DPM++ 2M SDE"
    HEUN = "Heun"
    DDIM = "DDIM"
    UNIPC = "UniPC"
    LCM = "LCM"

    @property
    def draws_noise(self) -> bool:
        """Whether its steps add noise, so that the seed counts after the first one, too."""
        return self in (Scheduler.EULER_A, Scheduler.DPMPP_2M_SDE, Scheduler.LCM)
