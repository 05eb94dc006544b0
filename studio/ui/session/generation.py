"""Generating: what the draft describes goes to the engine."""

from __future__ import annotations

import asyncio
from dataclasses import replace

from studio.document import Artwork
from studio.domain.errors import StudioError
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine import Engine
from studio.library import Library
from studio.ui.session.background import Background
from studio.ui.session.branch_point import BranchPoint, Canvas
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.drafting.guides import Guides
from studio.ui.session.jobs import Jobs
from studio.ui.session.messages import Messages
from studio.ui.session.painting.painted_step import painted_over
from studio.ui.session.pictures.origins import Origins


class Generation:
    """Generate, and the choice of the model that does it."""

    def __init__(
        self,
        draft: Draft,
        artwork: Artwork,
        engine: Engine,
        library: Library,
        jobs: Jobs,
        origins: Origins,
        guides: Guides,
        messages: Messages,
        background: Background,
    ) -> None:
        self._draft = draft
        self._artwork = artwork
        self._engine = engine
        self._library = library
        self._jobs = jobs
        self._origins = origins
        self._guides = guides
        self._messages = messages
        self._background = background

    def use_model(self, model: ModelInfo) -> None:
        """Choose a model, take over what it draws best with, and let the engine load it."""
        self._draft.use_model(model)
        self._engine.warm_up(model.name)

    def generate(self) -> None:
        """Queue what the draft describes. A seed that isn't kept is rolled first."""
        if not self._draft.keep_seed:
            self._draft.roll_seed()
        start, point = self._artwork.start, self._draft.branch
        try:
            requests = self._draft.requests(start.ref if start else None)
        except StudioError as error:
            self._messages.tell(error)
            return
        is_painted = point is not None and point.canvas is not None
        if is_painted or not self._guides.are_current:
            self._background.start(self._generate_drawn, requests, point)
        else:
            self._submit(requests, point)

    def next_request(self) -> Request:
        """What the draft describes now, of a seed that is known.

        Raises:
            StudioError: a value is out of range.
        """
        start = self._artwork.start
        return self._draft.requests(start.ref if start else None)[0]

    async def drawn(self, requests: tuple[Request, ...]) -> tuple[Request, ...]:
        """`requests` of the draft with what is drawn now: on layers that guide them, and on the
        step they branch from.

        Raises:
            StudioError: the painted step no longer fits, or the disk refuses.
        """
        return await self._drawn(requests, self._draft.branch)

    async def _drawn(
        self, requests: tuple[Request, ...], point: BranchPoint | None
    ) -> tuple[Request, ...]:
        requests = await self._guides.follow(requests)
        if point is None or point.canvas is None:
            return requests
        return await self._painted(requests, point, point.canvas)

    def _submit(self, requests: tuple[Request, ...], point: BranchPoint | None) -> None:
        frames = () if point is None else point.frames
        origin = self._origins.now(len(requests))
        for request in requests:
            self._jobs.submit(request, frames, origin)

    async def _generate_drawn(
        self, requests: tuple[Request, ...], point: BranchPoint | None
    ) -> None:
        self._submit(await self._drawn(requests, point), point)

    async def _painted(
        self, requests: tuple[Request, ...], point: BranchPoint, canvas: Canvas
    ) -> tuple[Request, ...]:
        content, size = canvas.document.content, point.parent.size_at(point.step)
        painted = await asyncio.to_thread(painted_over, content, canvas.step, size)
        if painted is None:
            return requests
        ref = await self._library.adopt(painted, keep_alpha=True)
        return tuple(
            request
            if request.branch is None
            else replace(request, branch=replace(request.branch, painted=ref))
            for request in requests
        )
