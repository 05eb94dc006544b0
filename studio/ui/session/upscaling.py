"""Upscaling pictures that are there: of the history, on the canvas, or in any file."""

from __future__ import annotations

import asyncio
from dataclasses import replace
from pathlib import Path
from typing import Final

import numpy as np

from studio.document import Content, flatten
from studio.document.rendering.composite import on_white, over_white
from studio.domain.errors import StorageError
from studio.domain.events import Pixels
from studio.library import Library, Picture, PictureRecord, read_record, upscale_request
from studio.ui.session.background import Background
from studio.ui.session.drafting.draft import Draft, tiles_of
from studio.ui.session.jobs import Jobs

REFINEMENT: Final = 0.3


class Upscaling:
    """Upscale 2× and 4×, with the upscaler that finishes generated pictures too; or have the model
    draw the larger picture once more, tile by tile, so that it gets new detail.

    The original stays as it is; what comes out is a picture of its own in the history.
    """

    def __init__(self, draft: Draft, library: Library, jobs: Jobs, background: Background) -> None:
        self._draft = draft
        self._library = library
        self._jobs = jobs
        self._background = background

    def upscale(self, picture: Picture, scale: int) -> None:
        """Queue a picture of the history, to become `scale` (2 or 4) times as large."""
        self._background.start(self._upscale, picture.path, picture.record, scale)

    def upscale_pixels(self, pixels: Pixels, scale: int) -> None:
        """Queue uint8 (H, W, 3 or 4) pixels, such as those of a picture that was never saved."""
        self._background.start(self._upscale, pixels, None, scale)

    def upscale_artwork(self, content: Content, scale: int) -> None:
        """Queue all that is seen of an artwork, as one picture."""
        self._background.start(self._upscale_artwork, content, scale)

    def upscale_file(self, path: Path, scale: int) -> None:
        """Queue a picture file of any kind that the studio opens."""
        self._background.start(self._upscale_file, path, scale)

    def refine(self, picture: Picture, scale: int) -> None:
        """Queue a picture of the history, to be drawn again about `scale` (2 or 4) times as large
        by the prompt panel's model, from its own prompt if it has one."""
        self._background.start(self._refine, picture.path, picture, scale)

    def refine_pixels(self, pixels: Pixels, scale: int) -> None:
        """Queue uint8 (H, W, 3 or 4) pixels, to be drawn again larger from the panel's prompt."""
        if pixels.shape[2] == 4:
            pixels = np.ascontiguousarray(over_white(pixels.copy())[..., :3])
        self._background.start(self._refine, pixels, None, scale)

    def refine_artwork(self, content: Content, scale: int) -> None:
        """Queue all that is seen of an artwork, to be drawn again larger."""
        self._background.start(self._refine_artwork, content, scale)

    async def _refine_artwork(self, content: Content, scale: int) -> None:
        await self._refine(await asyncio.to_thread(on_white, content), None, scale)

    async def _refine(self, source: Path | Pixels, picture: Picture | None, scale: int) -> None:
        draft = self._draft
        if not draft.keep_seed:
            draft.roll_seed()
        ref = await self._library.adopt(source)
        size = ref.size.times(scale).snapped(draft.model.size_multiple_px)
        request = replace(
            draft.as_part(),
            width=size.width,
            height=size.height,
            init_image=ref,
            strength=REFINEMENT,
            upscale=1,
            tiling=tiles_of(draft.model),
            # They are about other pictures.
            controls=(),
            references=(),
        )
        if picture is not None and picture.settings.prompt:
            told = picture.settings
            request = replace(
                request, prompt=told.prompt, negative_prompt=told.negative_prompt or ""
            )
        self._jobs.submit(request)

    async def _upscale_artwork(self, content: Content, scale: int) -> None:
        await self._upscale(await asyncio.to_thread(flatten, content), None, scale)

    async def _upscale_file(self, path: Path, scale: int) -> None:
        try:
            record = await asyncio.to_thread(read_record, path)
        except OSError as error:
            raise StorageError(f"“{path.name}” can't be read: {error.strerror}.") from error
        await self._upscale(path, record, scale)

    async def _upscale(
        self, source: Path | Pixels, record: PictureRecord | None, scale: int
    ) -> None:
        upscaler = self._draft.upscaler
        ref = await self._library.adopt(source, keep_alpha=True)
        self._jobs.submit(upscale_request(ref, scale, upscaler, record))
