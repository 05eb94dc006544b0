"""What can be undone, within a bound of memory."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar, Final

from psygnal import Signal

from studio.document.change import bytes_replaced
from studio.document.content import Content

MEMORY_BYTES: Final = 512 * 2**20


@dataclass(frozen=True, slots=True, eq=False)
class Edit:
    """Something done to a document: its content afterwards.

    Args:
        name: what Undo shows, as the menu names it, such as “Brush stroke”.
        merges: edits in a row with the same key count as one, such as a slider being dragged;
            empty never merges.
    """

    name: str
    content: Content
    merges: str = ""


@dataclass(frozen=True, slots=True, eq=False)
class Step:
    """One entry of the log: what was before and what came of it.

    Args:
        undo_bytes: what keeping it costs while it is done: the tiles that it replaced.
        redo_bytes: what keeping it costs while it is undone: the tiles that came of it.
    """

    name: str
    before: Content
    after: Content
    merges: str
    undo_bytes: int
    redo_bytes: int

    @classmethod
    def of(cls, edit: Edit, before: Content) -> Step:
        after = edit.content
        return cls(
            edit.name,
            before,
            after,
            edit.merges,
            undo_bytes=bytes_replaced(before, after),
            redo_bytes=bytes_replaced(after, before),
        )


class EditLog:
    """The steps done and undone, the oldest dropped when they hold more than `memory_bytes`.

    A step keeps only the tiles that it replaced; the rest is shared with the document. The newest
    step is always kept, whatever it holds.

    Signals:
        changed(): there are other steps, or another number of them is done.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(self, memory_bytes: int = MEMORY_BYTES) -> None:
        self.memory_bytes = memory_bytes
        self._steps: list[Step] = []
        self._done = 0
        self._merging = False

    @property
    def undo_name(self) -> str | None:
        """What `undo` would take back; None when there is nothing."""
        return self._steps[self._done - 1].name if self._done else None

    @property
    def redo_name(self) -> str | None:
        """What `redo` would do again; None when there is nothing."""
        return self._steps[self._done].name if self._done < len(self._steps) else None

    @property
    def steps(self) -> tuple[Step, ...]:
        """From the oldest to the newest; the first `done` of them are done."""
        return tuple(self._steps)

    @property
    def done(self) -> int:
        return self._done

    @property
    def bytes(self) -> int:
        """What the steps hold beside the document."""
        done, undone = self._steps[: self._done], self._steps[self._done :]
        return sum(step.undo_bytes for step in done) + sum(step.redo_bytes for step in undone)

    def add(self, edit: Edit, before: Content) -> None:
        """Note what was done just now; what had been undone is forgotten."""
        del self._steps[self._done :]
        last = self._steps[-1] if self._steps else None
        if self._merging and last is not None and edit.merges and last.merges == edit.merges:
            before = self._steps.pop().before
        self._steps.append(Step.of(edit, before))
        self._merging = True
        self._done = len(self._steps)
        held, dropped = self.bytes, 0
        while held > self.memory_bytes and dropped < len(self._steps) - 1:
            held -= self._steps[dropped].undo_bytes
            dropped += 1
        del self._steps[:dropped]
        self._done -= dropped
        self.changed.emit()

    def end_merging(self) -> None:
        """The next edit is a step of its own, as when a slider was let go."""
        self._merging = False

    def undo(self) -> Step | None:
        """The step that is taken back, now noted as undone; None if there is none."""
        if not self._done:
            return None
        self._done -= 1
        return self._moved(self._steps[self._done])

    def redo(self) -> Step | None:
        """The step that is done again; None if there is none."""
        if self._done == len(self._steps):
            return None
        self._done += 1
        return self._moved(self._steps[self._done - 1])

    def clear(self) -> None:
        """Forget everything."""
        self._steps, self._done = [], 0
        self.changed.emit()

    def _moved(self, step: Step) -> Step:
        self._merging = False
        self.changed.emit()
        return step
