"""What the studio tells the artist, for the message bar."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from psygnal import Signal

from studio.domain.errors import StudioError


@dataclass(frozen=True, slots=True)
class Notice:
    """One sentence for the message bar, what to do next, and details for whoever wants them.

    `action` is a button that helps: its label and what it does.
    """

    sentence: str
    remedy: str = ""
    details: str = ""
    is_error: bool = True
    action: tuple[str, Callable[[], object]] | None = None


class Messages:
    """Where whoever has something to say says it. `notice` carries it to the message bar."""

    notice: ClassVar[Signal] = Signal(Notice)

    def tell(self, error: StudioError) -> None:
        """Show an error where the artist looks."""
        self.notice.emit(Notice(error.sentence, error.remedy))
