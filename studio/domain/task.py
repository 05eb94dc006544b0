"""The kinds of job that a request can be."""

from __future__ import annotations

from enum import StrEnum


class Task(StrEnum):
    """What a request asks for. `Request.task` derives it; the engine has one file for each."""

    GENERATE = "generate"
    INPAINT = "inpaint"
    STYLIZE = "stylize"
    UPSCALE = "upscale"

    @property
    def needs_model(self) -> bool:
        """Whether a diffusion model draws."""
        return self in (Task.GENERATE, Task.INPAINT)
