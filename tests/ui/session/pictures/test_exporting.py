"""Files written beside the loop: what is said once they are there."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from studio.ui.session.background import Background
from studio.ui.session.long_tasks import LongTask, LongTasks
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.pictures.exporting import Exporting


class Desk:
    def __init__(self) -> None:
        self.notices: list[Notice] = []
        self.messages = Messages()
        self.messages.notice.connect(self.notices.append)
        self.background = Background(self.messages)
        self.tasks = LongTasks()
        self.exporting = Exporting(self.messages, self.background, self.tasks)


@pytest.mark.parametrize(
    ("made", "sentence"),
    [
        (None, "Saved as “owl.png”."),
        ([Path("owl-1.png")], "Saved as “owl-1.png”."),
        ([Path("owl-1.png"), Path("owl-2.png")], "Saved 2 pages in “owls”."),
    ],
)
async def test_what_was_made_is_said(made: Sequence[Path] | None, sentence: str) -> None:
    desk = Desk()

    def write(task: LongTask) -> Sequence[Path] | None:
        task.advance(1, 1)
        return made

    desk.exporting.begin(Path("owls", "owl.png"), write)
    await desk.background.close()

    assert [notice.sentence for notice in desk.notices] == [sentence]
    assert desk.tasks.running == ()


async def test_what_is_cancelled_ends_without_a_word() -> None:
    desk = Desk()
    desk.tasks.changed.connect(lambda: [task.cancel() for task in desk.tasks.running])

    desk.exporting.begin(Path("owl.png"), lambda task: task.check())
    await desk.background.close()

    assert desk.notices == []
