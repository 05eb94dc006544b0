from __future__ import annotations

from pathlib import Path

from tests.support.sessions import a_session, until


async def test_a_file_that_is_no_picture_is_one_sentence(tmp_path: Path) -> None:
    async with a_session(tmp_path) as (session, _, notices):
        (tmp_path / "notes.png").write_text("no picture")
        session.start_picture.from_file(tmp_path / "notes.png")
        await until(lambda: notices)
        assert "notes.png" in notices[0].sentence
        assert session.artwork.start is None
