"""What can be done with pictures of the history."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from typing import Final

from studio.catalog import Catalog
from studio.document import Artwork, StartPicture
from studio.domain.addons import AddonKind
from studio.domain.errors import PictureError, StudioError
from studio.domain.events import Pixels
from studio.domain.task import Task
from studio.library import Library, Picture
from studio.library.files.wastebasket import Deleted
from studio.library.query import Condition
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.drafting.foreign_settings import ForeignSettings
from studio.ui.session.drafting.lora_names import LoraNames
from studio.ui.session.emergence import Emergence
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.shown import Shown

FAVOURITES: Final = Condition("pictures.rating > 0")


class History:
    """Show a picture, use its settings, move pictures to the trash and bring them back."""

    def __init__(
        self,
        library: Library,
        catalog: Catalog,
        draft: Draft,
        artwork: Artwork,
        shown: Shown,
        foreign_settings: ForeignSettings,
        messages: Messages,
        background: Background,
    ) -> None:
        self._library = library
        self._catalog = catalog
        self._draft = draft
        self._artwork = artwork
        self._shown = shown
        self._foreign_settings = foreign_settings
        self._messages = messages
        self._background = background
        self._wanted: Picture | None = None
        self._deleted: list[Deleted] = []

    def show(self, picture: Picture) -> None:
        """Put a picture on the canvas, with its steps on the timeline."""
        self._shown.follows_jobs = False
        self._wanted = picture
        self._background.start(self._show, picture)

    def use_settings(self, picture: Picture) -> None:
        """Take the picture's whole request into the prompt panel, its start picture included.

        Those of an upscaled picture are its original's. What an imported one says of itself is
        shown, to be taken over or not.
        """
        self._background.start(self._use_settings, picture)

    def move_to_trash(self, pictures: Sequence[Picture]) -> None:
        """Move pictures, with their steps, to the desktop's trash."""
        self._background.complete(self._move_to_trash, tuple(pictures))

    def count_all_but_favourites(self) -> int:
        """How many pictures have no star.

        Raises:
            StorageError: the history can't be read.
        """
        return self._library.count_all_but(FAVOURITES)

    def clear_all_but_favourites(self) -> None:
        """Move every picture without a star to the trash."""
        self._background.complete(self._clear_all_but_favourites)

    def make_room_for_steps(self, budget_bytes: int) -> None:
        """Let the kept steps of all pictures take that much room from now on; what takes more goes
        at once, the oldest of pictures without stars first."""
        self._library.store.kept_steps.budget_bytes = budget_bytes
        self._background.complete(self._make_room_for_steps)

    async def _make_room_for_steps(self) -> None:
        await self._library.tidy(pack=False)

    @property
    def can_undo(self) -> bool:
        """Whether pictures of this session went to the trash and can be brought back."""
        return bool(self._deleted)

    def undo(self) -> None:
        """Bring back from the trash what went there last."""
        if self._deleted:
            self._background.complete(self._restore, self._deleted.pop())

    async def _show(self, picture: Picture) -> None:
        image = await asyncio.to_thread(self._library.pixels, picture)
        previews = await self._previews(picture)
        # Files come back in any order: only what was asked for last is shown.
        if self._wanted is picture and not self._shown.follows_jobs:
            self._shown.put(Emergence.of_finished(image, previews), picture)

    async def _previews(self, picture: Picture) -> Sequence[Pixels] | None:
        if not picture.has_steps:
            return None
        try:
            return await self._library.step_previews(picture)
        except StudioError as error:
            # The picture itself is there.
            self._messages.tell(error)
            return None

    async def _use_settings(self, picture: Picture) -> None:
        picture = await asyncio.to_thread(self._drawn, picture)
        if (request := picture.request) is None:
            self._foreign_settings.show(picture.settings, picture.path.name)
            return
        making = picture.record.making
        hashes = () if making is None else making.hashes
        loras = {one.name: one.digits for one in hashes if one.kind == AddonKind.LORA}
        named = LoraNames(self._catalog, loras).in_request(request)
        self._draft.restore(named, self._catalog.find(request.model))
        if request.init_image is None:
            self._artwork.start_from(None)
        else:
            pixels = await asyncio.to_thread(self._library.input_pixels, request.init_image.digest)
            self._artwork.start_from(StartPicture(request.init_image, pixels, "start picture"))

    def _drawn(self, picture: Picture) -> Picture:
        """The picture itself, or of an upscaled one that which was upscaled."""
        while (request := picture.request) is not None and request.task is Task.UPSCALE:
            ref = request.init_image
            source = self._library.find(ref.digest) if ref is not None else None
            if source is None or source == picture:
                raise PictureError(
                    "What this picture was upscaled from isn't in the history, so there are no "
                    "settings to use."
                )
            picture = source
        return picture

    async def _move_to_trash(self, pictures: Sequence[Picture]) -> None:
        self._tell_of(await self._library.delete(pictures))

    async def _clear_all_but_favourites(self) -> None:
        self._tell_of(await self._library.delete_all_but(FAVOURITES))

    def _tell_of(self, deleted: Deleted) -> None:
        """What went to the trash leaves the canvas, and can be brought back."""
        pictures = deleted.pictures
        if not pictures:
            return
        self._deleted.append(deleted)
        if self._shown.picture is not None and self._shown.picture.id in {p.id for p in pictures}:
            self._shown.put(None, None)
        what = "The picture is" if len(pictures) == 1 else f"{len(pictures):,} pictures are"
        undo = ("Undo", lambda: self._bring_back(deleted))
        self._messages.notice.emit(Notice(f"{what} in the trash.", is_error=False, action=undo))

    def _bring_back(self, deleted: Deleted) -> None:
        if deleted in self._deleted:
            self._deleted.remove(deleted)
            self._background.complete(self._restore, deleted)

    async def _restore(self, deleted: Deleted) -> None:
        try:
            await self._library.restore(deleted)
        except StudioError:
            # The trash may be mounted again, or the disk have room.
            self._deleted.append(deleted)
            raise
