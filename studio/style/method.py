"""What the pane and the command line know of a method of style transfer."""

from __future__ import annotations

from collections.abc import Generator, Sequence
from dataclasses import dataclass, field
from typing import Protocol

from studio.domain.events import Pixels


@dataclass(frozen=True, slots=True, eq=False)
class StylePicture:
    """A picture whose style is taken on.

    Attributes:
        pixels: uint8 (H, W, 3).
        weight: above 0, its share beside the other styles.
        scale: how large its brush strokes become; 1 is as the method likes them best.
    """

    pixels: Pixels = field(repr=False)
    weight: float = 1.0
    scale: float = 1.0


@dataclass(frozen=True, slots=True)
class PaintedStyle:
    """A style that a network learnt, by its name in `studio.style.painted`; the rest as above."""

    name: str
    weight: float = 1.0
    scale: float = 1.0


Style = StylePicture | PaintedStyle


@dataclass(frozen=True, slots=True, eq=False)
class Progress:
    """How much is done, 0 to 1, and what can be seen of it: uint8 (h, w, 3), of the content's
    shape but often smaller."""

    done: float
    preview: Pixels | None = field(default=None, repr=False)


class Method(Protocol):
    """A way of painting a picture in the style of others."""

    def paint(
        self, content: Pixels, styles: Sequence[Style], strength: float
    ) -> Generator[Progress, None, Pixels]:
        """Paint `content`, uint8 (H, W, 3); returns the result, of the same size.

        Between two events nothing runs: whoever doesn't want the picture any more closes the
        generator.

        Args:
            content: the picture; never changed.
            styles: one to four, of one kind.
            strength: 0 to 1, how much of the styles.

        Raises:
            RequestError: the method doesn't know such a style.
        """
        ...
