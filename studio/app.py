"""The studio in its window: builds library, engine and panes, and ends all of it in order."""

from __future__ import annotations

import asyncio
import gc
import logging
import logging.handlers
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, replace
from pathlib import Path
from types import TracebackType

from PySide6.QtCore import QCoreApplication, QEvent, QFile, Qt
from PySide6.QtWidgets import QApplication, QMessageBox
from qasync import QEventLoop

from studio.catalog import Catalog
from studio.domain.errors import StorageError, StudioError
from studio.domain.request import Request
from studio.engine import Engine, create_engine
from studio.folders import Folders
from studio.library import Library
from studio.ui.first_paint import after_first_paint
from studio.ui.main_window import MainWindow
from studio.ui.session import Draft, Notice, Session
from studio.ui.session.pictures.similarity import Describer
from studio.ui.settings import Settings

log = logging.getLogger(__name__)

_LOG_BYTES = 1_000_000
_LOG_FILES = 3


def run(window: MainWindow, folders: Folders) -> int:
    """Bring the window to life and stay until it is closed. Returns the exit code."""
    _log_to_file(folders.logs)
    sys.excepthook = log_uncaught
    loop = QEventLoop(QApplication.instance())
    asyncio.set_event_loop(loop)
    with loop:
        try:
            loop.run_until_complete(_run(window, folders))
        except StudioError as error:
            sys.stderr.write(f"pentimento: {error}\n")
            _tell(window, error)
            return 1
    return 0


def log_uncaught(
    kind: type[BaseException], error: BaseException, traceback: TracebackType | None
) -> None:
    """Whoever starts the studio from a menu sees no terminal."""
    log.error("nobody caught this", exc_info=(kind, error, traceback))
    sys.__excepthook__(kind, error, traceback)


def _tell(window: MainWindow, error: StudioError) -> None:
    """There is no message bar yet that could say why there is none."""
    box = QMessageBox(QMessageBox.Icon.Critical, "Pentimento", error.sentence, parent=window)
    box.setTextFormat(Qt.TextFormat.PlainText)
    box.setInformativeText(error.remedy)
    box.exec()


@dataclass(frozen=True, slots=True)
class Studio:
    """The studio's parts while the window is open."""

    library: Library
    engine: Engine
    session: Session
    window: MainWindow

    @classmethod
    async def open(
        cls,
        folders: Folders,
        settings: Settings,
        window: MainWindow | None = None,
        *,
        previews: bool = True,
    ) -> Studio:
        """Build library and engine, furnish the window, and let the engine warm up behind it.

        Without a `window` that is on the screen already, one is made and shown. Without `previews`
        it shows how far a picture is, but not how it looks before it is finished.

        Raises:
            StudioError: the folders can't be used, or there is no model at all.
        """
        # Not qasync's own threads, which are QThreads and abort when they outlive Qt.
        executor = ThreadPoolExecutor(thread_name_prefix="studio")
        asyncio.get_running_loop().set_default_executor(executor)
        library = await Library.open(folders.pictures, folders.data, trash=move_to_trash)
        library.store.prompt_writer = settings.prompt_writer
        # Thousands of files that nobody has looked into yet take seconds.
        catalog = await asyncio.to_thread(Catalog.of, folders)
        engine = create_engine(
            catalog.find,
            library.input_pixels,
            catalog.find_upscaler,
            model_folders=folders.models,
            previews=previews,
            find_snapshot=library.snapshot_of,
            find_addon=catalog.find_addon,
            list_addons=catalog.addons,
            short_hash=catalog.short_hash,
            # Asked before each job: by then there is a session.
            wishes=lambda: session.mode_trials.wishes(),
        )
        draft = recalled_draft(catalog, settings)
        session = Session(engine, library, catalog, draft, make_describer)
        session.journalling.begin()
        session.models.begin()
        library.in_use = lambda: session.shown.picture
        if settings.steps_budget_gb:
            library.store.kept_steps.budget_bytes = settings.steps_budget_gb * 10**9
        window = window or MainWindow(settings)
        window.furnish(session)
        # torch is imported only once all that has been painted.
        after_first_paint(window.canvas, lambda: engine.warm_up(session.draft.model.name))
        window.show()
        session.recovery.look()
        session.similarity.begin()
        session.readings.begin()
        return cls(library, engine, session, window)

    async def close(self) -> None:
        """End all in order: jobs, listeners, the inference thread, the database, the window."""
        self.engine.clear()
        self.session.jobs.stop()
        await self.session.close()
        self.engine.close()
        await self.library.close()
        self.window.deleteLater()
        # At once: left for later, it might fall to whichever thread next collects garbage.
        QCoreApplication.sendPostedEvents(self.window, QEvent.Type.DeferredDelete)


def make_describer() -> Describer:
    """What tells how pictures look; it takes torch's import, so off the loop's thread."""
    from studio.likeness import Likeness

    return Likeness()


async def _run(window: MainWindow, folders: Folders) -> None:
    closed = asyncio.Event()
    window.closing.connect(closed.set)
    signal.signal(signal.SIGINT, lambda *_: window.close())
    studio = await open_where_chosen(folders, window.settings, window)
    # What was imported stays: the collector needn't look through it again and again.
    gc.freeze()
    gc.enable()
    await closed.wait()
    await studio.close()


async def open_where_chosen(
    folders: Folders, settings: Settings, window: MainWindow | None = None
) -> Studio:
    """Open the studio with the artist's own pictures folder, or say why it is the usual one.

    Raises:
        StudioError: as `Studio.open`.
    """
    if not settings.pictures_folder:
        return await Studio.open(folders, settings, window)
    try:
        chosen = replace(folders, pictures=Path(settings.pictures_folder))
        return await Studio.open(chosen, settings, window)
    except StorageError as error:
        # Perhaps a drive that isn't plugged in: no reason not to paint.
        studio = await Studio.open(folders, settings, window)
        studio.session.messages.notice.emit(
            Notice(
                f"“{settings.pictures_folder}” can't be used, so pictures are kept in "
                f"“{folders.pictures}” today.",
                "Plug its drive in, or choose another under File.",
                details=str(error),
            )
        )
        return studio


def recalled_draft(catalog: Catalog, settings: Settings) -> Draft:
    """The prompt panel as it was left, or an empty draft for the model that comes with the studio.

    Raises:
        ModelNotFound: there is no model at all.
    """
    draft = Draft.for_model(catalog.default())
    if not settings.request:
        return draft
    try:
        request = Request.from_json(settings.request)
        draft.restore(request, catalog.find(request.model))
        draft.keep_seed = settings.keep_seed
    except StudioError as error:
        log.info("the last session's settings can't be recalled: %s", error)
    return draft


def move_to_trash(path: Path) -> Path | None:
    """Move a file to the desktop's trash; where it lies there, if the desktop says so.

    Raises:
        StorageError: the desktop has no trash for that place.
    """
    # The static function, which would tell the place as well, returns it in some versions only.
    file = QFile(str(path))
    if not file.moveToTrash():
        raise StorageError(
            f"“{path.name}” could not be moved to the trash.", "Delete it in your file manager."
        )
    place = file.fileName()
    return Path(place) if place else None


def _log_to_file(folder: Path) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    handler = logging.handlers.RotatingFileHandler(
        folder / "pentimento.log", maxBytes=_LOG_BYTES, backupCount=_LOG_FILES, encoding="utf-8"
    )
    handler.setFormatter(logging.Formatter("%(asctime)s %(levelname)s %(name)s: %(message)s"))
    logging.getLogger().addHandler(handler)
    logging.getLogger("studio").setLevel(logging.INFO)
