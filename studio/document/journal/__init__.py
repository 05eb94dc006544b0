"""The work as it goes on, on the disk within a second, so that a crash takes nothing of it."""

from studio.document.journal.folder import JournalFolder, LeftBehind, left_behind
from studio.document.journal.journal import Journal
from studio.document.journal.moment import Moment
from studio.document.journal.recovery import recover

__all__ = ["Journal", "JournalFolder", "LeftBehind", "Moment", "left_behind", "recover"]
