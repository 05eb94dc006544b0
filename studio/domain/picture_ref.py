"""Pictures that requests name instead of holding them."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Final

from studio.domain.checks import check_whole
from studio.domain.errors import RequestError
from studio.domain.geometry import Size

_SHA256: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True, slots=True)
class PictureRef:
    """A picture that a request starts from, named by its pixels.

    `digest` is the sha256 (hex) of the raw bytes, row by row: RGB, or RGBA where a picture to be
    upscaled is transparent in places. The library finds the pixels by it.
    """

    digest: str
    width: int
    height: int

    def __post_init__(self) -> None:
        if not isinstance(self.digest, str) or not _SHA256.fullmatch(self.digest):
            raise RequestError("The start picture's digest is not a sha256 in hex.")
        check_whole("start picture width", self.width, 1, 65_535)
        check_whole("start picture height", self.height, 1, 65_535)

    @property
    def size(self) -> Size:
        return Size(self.width, self.height)

    @classmethod
    def from_record(cls, record: Mapping[str, Any]) -> PictureRef:
        """Read what `dataclasses.asdict` wrote.

        Raises:
            RequestError: something is missing or impossible.
        """
        try:
            return cls(record["digest"], record["width"], record["height"])
        except (KeyError, TypeError):
            raise RequestError("The start picture lacks its digest, width or height.") from None
