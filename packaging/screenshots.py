"""Works in the real window with the embedded model and keeps what it looks like as PNG."""

from __future__ import annotations

import argparse
import asyncio
import tempfile
from pathlib import Path

from PySide6.QtWidgets import QApplication
from qasync import QEventLoop

from studio.app import Studio
from studio.domain.resources import RESOURCES
from studio.folders import Folders
from studio.ui import theme
from studio.ui.settings import Settings

PROMPTS = (
    ("a penguin at sunset", 3),
    ("a red apple", 3),
    ("a castle", 4),
    ("a frog", 4),
    ("a rose on a blue background", 7),
    ("a rocket", 2),
    ("a strawberry", 2),
    ("a cactus, yellow background", 6),
    ("a rainbow", 1),
    ("a purple cat", 8),
    ("a house at night", 5),
    ("a green heart", 6),
    ("a panda", 2),
    ("a fox in the snow", 1),
    ("a dog in a meadow", 2),
    ("a boat on the beach", 1),
)
STYLE = "Breaking wave"
SIZE = (1440, 900)


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--out", type=Path, default=RESOURCES / "screenshots" / "studio.png")
    parser.add_argument("--theme", choices=sorted(theme.THEMES), default="dark")
    parser.add_argument("--empty", action="store_true", help="the first start, nothing made yet")
    arguments = parser.parse_args()

    app = QApplication([])
    theme.apply(app, theme.THEMES[arguments.theme])
    loop = QEventLoop(app)
    asyncio.set_event_loop(loop)
    with tempfile.TemporaryDirectory() as home, loop:
        folders = Folders.discover({"PENTIMENTO_HOME": home})
        prompts = () if arguments.empty else PROMPTS
        loop.run_until_complete(_work(folders, prompts, arguments.out))


async def _work(folders: Folders, prompts: tuple[tuple[str, int], ...], out: Path) -> None:
    studio = await Studio.open(folders, Settings(folders.config))
    studio.window.resize(*SIZE)
    session = studio.session
    session.draft.keep_seed = True
    for prompt, seed in prompts:
        session.draft.prompt, session.draft.seed = prompt, seed
        made = studio.library.count()
        session.generation.generate()
        while studio.library.count() == made:
            await asyncio.sleep(0.05)
    if prompts:
        session.styles.choose(session.library.styles.find(STYLE))
        studio.window.history_dock.raise_()
        await asyncio.sleep(1.0)
    while studio.engine.status.state != "ready" or studio.engine.waiting:
        await asyncio.sleep(0.05)
    # Thumbnails come from threads; give them their turn.
    await asyncio.sleep(1.0)
    out.parent.mkdir(parents=True, exist_ok=True)
    studio.window.grab().save(str(out))
    await studio.close()


if __name__ == "__main__":
    main()
