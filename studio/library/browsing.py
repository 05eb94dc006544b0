"""Finding pictures: by their rows, by searches, by their ancestors."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence

from studio.domain.events import Pixels
from studio.library.index.outline import Change, Grouping, Outline
from studio.library.library_work import LibraryWork
from studio.library.picture import ParentRole, Picture
from studio.library.query import EVERYTHING, Completion, Condition


class Browsing(LibraryWork):
    """The part of the library that only looks. What isn't asynchronous blocks shortly."""

    async def parents_of(self, picture: Picture) -> list[tuple[ParentRole, Picture]]:
        """The pictures that begot this one, as far as they are here."""
        return await asyncio.to_thread(self.store.lineage.parents_of, picture)

    async def children_of(self, picture: Picture) -> list[tuple[ParentRole, Picture]]:
        """The pictures that this one begot, oldest first."""
        return await asyncio.to_thread(self.store.lineage.children_of, picture)

    def made_by(self, request_digest: str) -> Picture | None:
        """The newest picture that a request of this digest made."""
        return self.store.made_by(request_digest)

    async def prompts(self, words: str = "", limit: int = 200) -> list[str]:
        """The prompts that were used, newest first, each once; those with all of `words`."""
        return await asyncio.to_thread(self.store.prompts.recent, words, limit)

    async def remember_prompt(self, prompt: str, negative_prompt: str = "") -> None:
        """Note that a prompt was used just now."""
        await asyncio.to_thread(self.store.prompts.remember, prompt, negative_prompt)

    async def page(
        self,
        before: Picture | None = None,
        limit: int = 200,
        condition: Condition = EVERYTHING,
    ) -> list[Picture]:
        """Up to `limit` pictures, newest first; those older than `before` when it is given."""
        return await asyncio.to_thread(self.store.page, before, limit, condition)

    async def outline(
        self, condition: Condition = EVERYTHING, grouping: Grouping = Grouping.DAY
    ) -> Outline:
        """Where every row of the pictures of which `condition` is true stands."""
        return await asyncio.to_thread(self.store.outlines.make, condition, grouping)

    async def rows(self, outline: Outline, start: int, count: int) -> list[Picture]:
        """Up to `count` pictures from row `start` of the outline on."""
        return await asyncio.to_thread(self.store.outlines.rows, outline, start, count)

    async def row_of(self, outline: Outline, picture: Picture) -> int | None:
        """The row of the outline in which a picture stands; None if it isn't among them."""
        return await asyncio.to_thread(self.store.outlines.row_of, outline, picture)

    async def corrected(
        self, outline: Outline, pictures: Sequence[Picture]
    ) -> tuple[Outline, list[Change] | None]:
        """The outline after these pictures came, went or changed, and what that did to its rows.

        The changes are to be made in their order; None if nobody can tell, and whoever shows the
        rows has to begin anew.
        """
        return await asyncio.to_thread(self.store.outlines.corrected, outline, pictures)

    def count(self, condition: Condition = EVERYTHING) -> int:
        """How many pictures there are of which this is true."""
        return self.store.count(condition)

    async def complete(self, text: str, cursor: int) -> list[Completion]:
        """What may be meant where the cursor is in a search, most used first."""
        return await asyncio.to_thread(self.store.complete, text, cursor)

    def get(self, picture_id: int) -> Picture | None:
        return self.store.get(picture_id)

    def pictures(self, picture_ids: Sequence[int]) -> list[Picture]:
        """Those that are there, in this order. Blocks shortly."""
        return self.store.pictures(picture_ids)

    def find(self, pixel_digest: str) -> Picture | None:
        """The newest picture whose raw bytes have this sha256."""
        return self.store.find(pixel_digest)

    def pixels(self, picture: Picture) -> Pixels:
        """As in `Store.pixels`. Raises PictureError if the file is gone or damaged."""
        return self.store.pixels(picture)
