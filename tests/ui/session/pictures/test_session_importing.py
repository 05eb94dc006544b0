"""What a person sees of an import."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from studio.library import Picture
from studio.library.importing import ImportReport
from studio.ui.session import Notice
from studio.ui.session.pictures.importing import notice_of
from tests.support.samples import noise
from tests.support.sessions import a_session, until


def a_folder(folder: Path, count: int) -> Path:
    folder.mkdir()
    for number in range(count):
        Image.fromarray(noise(number)).save(folder / f"{number}.png")
    return folder


async def test_files_and_folders_come_in_and_are_announced(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "from", 3)
    (source / "broken.jpg").write_bytes(b"?")
    async with a_session(tmp_path / "studio") as (session, _, notices):
        added: list[Picture] = []
        session.library.added.connect(added.extend)
        session.importing.add([])
        session.importing.add([source])
        assert not notices
        await until(lambda: notices)
        assert len(added) == session.library.count() == 3
        assert notices[0].sentence == "3 pictures came into the history."
        assert notices[0].remedy == "1 file couldn't be read."
        assert "broken.jpg" in notices[0].details
        assert session.tasks.running == ()
        session.importing.add([source / "1.png", source / "2.png"])
        await until(lambda: len(notices) == 2)
        assert notices[1] == Notice("No picture was new.", is_error=False)


async def test_its_progress_is_seen_and_it_can_be_cancelled(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "from", 30)
    async with a_session(tmp_path / "studio") as (session, _, notices):
        seen: list[str] = []
        session.tasks.changed.connect(
            lambda: seen.extend(task.title for task in session.tasks.running)
        )
        session.importing.add([source])
        await until(lambda: session.tasks.running and session.tasks.running[0].share)
        session.tasks.running[0].cancel()
        await until(lambda: notices)
        assert seen == ["Importing “from”"]
        assert notices[0].sentence.startswith("The import was stopped: ")
        assert session.library.count() < 30


async def test_closing_the_window_ends_an_import(tmp_path: Path) -> None:
    source = a_folder(tmp_path / "from", 30)
    async with a_session(tmp_path / "studio") as (session, _, notices):
        session.importing.add([source])
        await until(lambda: session.tasks.running and session.tasks.running[0].share)
    assert notices == []


@pytest.mark.parametrize(
    ("came", "were_there", "whole", "sentence"),
    [
        (1, 0, True, "1 picture came into the history."),
        (2, 1, True, "2 pictures came into the history, 1 was there already."),
        (2, 5, True, "2 pictures came into the history, 5 were there already."),
        (0, 5, True, "No picture was new."),
        (0, 0, True, "No picture came into the history."),
        (2, 0, False, "The import was stopped: 2 pictures came into the history."),
        (0, 0, False, "The import was stopped: no picture came into the history."),
    ],
)
def test_what_is_said(came: int, were_there: int, whole: bool, sentence: str) -> None:
    pictures: list[Picture] = [None] * came  # type: ignore[list-item]
    report = ImportReport(pictures, [Path("a.png")] * were_there)
    assert notice_of(report, is_whole=whole) == Notice(sentence, is_error=False)
    report.refused.append((Path("b.png"), "“b.png” is damaged."))
    notice = notice_of(report, is_whole=whole)
    assert (notice.is_error, notice.remedy) == (True, "1 file couldn't be read.")
    assert notice.details == "b.png: “b.png” is damaged."
