"""What can be done with models' files and with the folders they lie in."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import ClassVar, TypeVar

from psygnal import Signal

from studio.catalog import Catalog, Refusal
from studio.catalog.cards import ModelCard
from studio.catalog.places import Place
from studio.catalog.sidecars import SIDECAR_ENDINGS
from studio.domain.errors import StorageError
from studio.library.files.disk import Disk
from studio.library.files.wastebasket import Moved, Trash, move_back, move_to_trash
from studio.ui.session.background import Background
from studio.ui.session.long_tasks import Cancelled, LongTasks
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.models.model_marks import Info

_Found = TypeVar("_Found")


class ModelFiles:
    """Places, cards, checksums, the trash. All that takes time goes on beside the loop.

    Signals:
        scanning_changed(): `is_scanning`, which says that folders are being looked through.
        place_added(Place): a folder is used in place from now on.
    """

    scanning_changed: ClassVar[Signal] = Signal()
    place_added: ClassVar[Signal] = Signal(Place)

    def __init__(
        self,
        catalog: Catalog,
        trash: Trash,
        disk: Disk,
        messages: Messages,
        background: Background,
        tasks: LongTasks,
    ) -> None:
        self.is_scanning = False
        self._catalog = catalog
        self._trash = trash
        self._disk = disk
        self._messages = messages
        self._background = background
        self._tasks = tasks
        self._scans = 0

    @property
    def own_folder(self) -> Path:
        """Where the studio's own models lie: what is there may be moved to the trash."""
        return self._catalog.folders[0]

    def places(self) -> tuple[Place, ...]:
        """The folders of other programs that are used in place."""
        return self._catalog.places()

    def refused(self) -> tuple[Refusal, ...]:
        """What lies among the models and can't be used."""
        return self._catalog.refused()

    async def card(self, info: Info) -> ModelCard:
        """All that is known of it."""
        return await asyncio.to_thread(self._catalog.card, info)

    # Places

    def add_place(self, path: Path) -> None:
        """Use the models of a folder, or a single file, where they lie."""
        self._background.start(self._add_place, path)

    def remove_place(self, place: Place) -> None:
        """No longer use the models of a folder. Nothing in it is touched."""
        self._background.start(self._remove_place, place)

    def rescan(self) -> None:
        """Look again what lies in all folders."""
        self._background.start(self._look, self._catalog.rescan)

    def convert(self, refusal: Refusal) -> None:
        """Save the numbers of a refused pickle as a safetensors file in the own folder."""
        self._background.start(self._convert, refusal)

    # Files

    def why_it_stays(self, info: Info) -> str:
        """Why it can't be moved to the trash; empty for what lies in the studio's own folder."""
        path = info.path.absolute()
        own, *shipped = self._catalog.folders
        if path.is_relative_to(own):
            return ""
        if any(path.is_relative_to(folder) for folder in shipped):
            return f"“{info.title}” comes with the studio."
        return f"“{info.title}” lies in another program's folder, which the studio never changes."

    def move_to_trash(self, info: Info) -> None:
        """Move one of the studio's own models to the desktop's trash."""
        self._background.complete(self._move_to_trash, info)

    async def hashes(self, info: Info) -> Mapping[str, str]:
        """Its checksums by name. Reads the whole file; cancelled with its task, as the task bar
        offers, there are none.

        Raises:
            ModelError: it is a folder, or can't be read.
        """
        with self._tasks.begun(f"Checksums of “{info.title}”") as task:
            try:
                found = await asyncio.to_thread(self._catalog.hashes, info)
                task.check()
            except Cancelled:
                return {}
        return found

    async def _add_place(self, path: Path) -> None:
        place = await self._look(partial(self._catalog.add_place, path))
        self.place_added.emit(place)
        self._messages.notice.emit(Notice(place.sentence, is_error=False))

    async def _remove_place(self, place: Place) -> None:
        await self._look(partial(self._catalog.remove_place, place.path))
        again = ("Undo", partial(self.add_place, place.path))
        self._messages.notice.emit(
            Notice(
                f"“{place.path}” is no longer used. Its files stay as they are.",
                is_error=False,
                action=again,
            )
        )

    async def _convert(self, refusal: Refusal) -> None:
        with self._tasks.begun(f"Converting “{refusal.path.name}”") as task:
            try:
                made = await asyncio.to_thread(self._catalog.convert, refusal.path, task.advance)
            except Cancelled:
                return
        await self._look(self._catalog.rescan)
        self._messages.notice.emit(
            Notice(
                f"“{made.name}” was made of “{refusal.path.name}” and can be used now.",
                is_error=False,
            )
        )

    async def _look(self, scan: Callable[[], _Found]) -> _Found:
        self._scans += 1
        self._note_scanning()
        try:
            return await asyncio.to_thread(scan)
        finally:
            self._scans -= 1
            self._note_scanning()

    def _note_scanning(self) -> None:
        if self.is_scanning != bool(self._scans):
            self.is_scanning = bool(self._scans)
            self.scanning_changed.emit()

    async def _move_to_trash(self, info: Info) -> None:
        if why_not := self.why_it_stays(info):
            raise StorageError(why_not)
        moved = await asyncio.to_thread(move_to_trash, self._with_sidecars(info), self._trash)
        await self._look(self._catalog.rescan)
        undo = None
        if all(each.place is not None for each in moved):
            undo = ("Undo", partial(self._background.complete, self._bring_back, moved))
        self._messages.notice.emit(
            Notice(
                f"“{info.title}” is in the trash.",
                "" if undo else "Your desktop's trash can bring it back.",
                is_error=False,
                action=undo,
            )
        )

    async def _bring_back(self, moved: tuple[Moved, ...]) -> None:
        await asyncio.to_thread(move_back, moved, self._disk)
        await self._look(self._catalog.rescan)

    def _with_sidecars(self, info: Info) -> list[Path]:
        """A model and the files that tell of it: “moon.json”, “moon.preview.png”…"""
        path = info.path
        if path.is_dir():
            return [path]
        beside = [other for other in path.parent.iterdir() if other.is_file() and other != path]
        if any(other.stem == path.stem and other.suffix in _MODELS for other in beside):
            return [path]  # they tell of the other one, too
        return [path, *sorted(other for other in beside if _tells_of(other.name, path))]


_MODELS = (".safetensors", ".ckpt", ".pt", ".pth", ".bin", ".gguf")
# What A1111's, ComfyUI's and InvokeAI's users have beside a model, by the ends of the names.
_SIDECARS = (*SIDECAR_ENDINGS, ".cm-info.json", ".sha256", ".pentimento.json")


def _tells_of(name: str, model: Path) -> bool:
    return any(name in (f"{model.stem}{end}", f"{model.name}{end}") for end in _SIDECARS)
