"""Pictures made anew from the family tree: one of them, or all that grew from it."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from functools import partial

from studio.domain.errors import RequestError, StudioError
from studio.domain.request import Request
from studio.engine import Engine
from studio.library import Picture
from studio.library.lineage.lineage import Lineage
from studio.library.lineage.redo import Alteration, alone, changed, plan, rebuilt
from studio.library.picture import Parent, ParentRole
from studio.ui.session.background import Background
from studio.ui.session.emergence import Emergence
from studio.ui.session.jobs import Jobs
from studio.ui.session.long_tasks import Cancelled, LongTask, LongTasks
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.pictures.history import History
from studio.ui.session.pictures.origins import Origin

_LOOK_S = 0.2


class Redoing:
    """Make a picture anew, and “Redo this with…”."""

    def __init__(
        self,
        engine: Engine,
        jobs: Jobs,
        history: History,
        messages: Messages,
        background: Background,
        tasks: LongTasks,
    ) -> None:
        self._engine = engine
        self._jobs = jobs
        self._history = history
        self._messages = messages
        self._background = background
        self._tasks = tasks

    def make_anew(self, picture: Picture) -> None:
        """Queue the very request that made a picture."""
        try:
            self._jobs.submit(alone(picture))
        except StudioError as error:
            self._messages.tell(error)

    def redo_with(
        self, lineage: Lineage, picture: Picture, alteration: Alteration, *, with_descendants: bool
    ) -> None:
        """Make a picture with one thing changed and, one after the other, all that grew from it on
        the new one. Where these have the same value they get the new one, too.

        Pictures of which nothing comes (stopped, failed, or impossible on the new ones) are told
        of in the end, with all that can't be made without them.
        """
        order = plan(lineage, picture).order if with_descendants else (picture,)
        self._background.start(self._redo, picture, order, alteration)

    async def _redo(
        self, first: Picture, order: tuple[Picture, ...], alteration: Alteration
    ) -> None:
        instead: dict[Picture, Picture] = {}
        whys: list[str] = []
        title = "Redoing a picture" if len(order) == 1 else f"Redoing {len(order)} pictures"
        try:
            with self._tasks.begun(title) as task:
                for done, picture in enumerate(order):
                    task.advance(done, len(order))
                    try:
                        request = changed(picture, alteration, first)
                        on_new = rebuilt(request, instead)
                    except RequestError as error:
                        whys.append(error.sentence)
                        continue
                    before = alone(picture) if _is_kept_step(picture) else request
                    if picture is not first and on_new == before:
                        continue  # What it would be rebuilt on didn't come about.
                    origin = _origin(picture, instead)
                    if (made := await self._made(on_new, origin, task)) is not None:
                        instead[picture] = made
        except Cancelled:
            pass
        self._tell(instead, order, whys)

    async def _made(self, request: Request, origin: Origin, task: LongTask) -> Picture | None:
        """The picture of a request; None if it was stopped or failed."""
        job = self._engine.submit(request)
        following = asyncio.ensure_future(
            self._jobs.follow(job, Emergence.of_request(request), on_show=True, origin=origin)
        )
        try:
            while not following.done():
                await asyncio.wait({following}, timeout=_LOOK_S)
                if task.is_cancelled:
                    job.cancel()
        except asyncio.CancelledError:
            job.cancel()
            following.cancel()
            raise
        made = following.result()
        task.check()
        return None if made is None else made.picture

    def _tell(
        self, instead: dict[Picture, Picture], order: tuple[Picture, ...], whys: list[str]
    ) -> None:
        if not instead and not whys:
            return  # It was stopped, or the job itself told why it failed.
        last = next(reversed(instead.values()), None)
        self._messages.notice.emit(
            Notice(
                f"{len(instead)} of {len(order)} pictures were made anew."
                if len(order) > 1 or not instead
                else "The picture was made anew.",
                whys[0] if whys else "",
                is_error=bool(whys),
                action=None if last is None else ("Show it", partial(self._history.show, last)),
            )
        )


def _origin(picture: Picture, instead: Mapping[Picture, Picture]) -> Origin:
    """A step that was kept of one picture is kept of that which came in its place."""
    if not _is_kept_step(picture):
        return Origin()
    of = {parent.digest for parent in picture.record.parents}
    new = (new for old, new in instead.items() if alone(old).digest in of)
    return Origin(tuple(Parent(ParentRole.BRANCH, alone(it).digest) for it in new))


def _is_kept_step(picture: Picture) -> bool:
    """Whether it is a step of another one: it follows that in what is changed, and in no more."""
    request = picture.request
    return (
        request is not None
        and request.branch is None
        and any(parent.role is ParentRole.BRANCH for parent in picture.record.parents)
    )
