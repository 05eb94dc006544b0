"""What was done to get a picture, as the history tells it."""

from __future__ import annotations

from enum import StrEnum

from studio.domain.request import Request
from studio.domain.task import Task


class Operation(StrEnum):
    """How a picture came about. A kept step is what its request is; an import has no request."""

    TEXT = "text"
    IMAGE = "image"
    INPAINT = "inpaint"
    EXPAND = "expand"
    STYLE = "style"
    UPSCALE = "upscale"
    BRANCH = "branch"
    IMPORT = "import"

    @classmethod
    def of(cls, request: Request) -> Operation:
        """What this request does. A branch is one whatever its parent was."""
        if request.branch is not None:
            return cls.BRANCH
        match request.task:
            case Task.STYLIZE:
                return cls.STYLE
            case Task.UPSCALE:
                return cls.UPSCALE
            case Task.INPAINT:
                extends = request.inpaint is not None and bool(request.inpaint.extend)
                return cls.EXPAND if extends else cls.INPAINT
            case Task.GENERATE:
                return cls.TEXT if request.init_image is None else cls.IMAGE
