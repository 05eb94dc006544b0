"""Generating: what the draft describes goes to the engine."""

from __future__ import annotations

from studio.document import Artwork
from studio.domain.errors import StudioError
from studio.domain.model import ModelInfo
from studio.engine import Engine
from studio.ui.session.draft import Draft
from studio.ui.session.jobs import Jobs
from studio.ui.session.messages import Messages


class Generation:
    """Generate, and the choice of the model that does it."""

    def __init__(
        self, draft: Draft, artwork: Artwork, engine: Engine, jobs: Jobs, messages: Messages
    ) -> None:
        self._draft = draft
        self._artwork = artwork
        self._engine = engine
        self._jobs = jobs
        self._messages = messages

    def use_model(self, model: ModelInfo) -> None:
        """Choose a model, take over what it draws best with, and let the engine load it."""
        self._draft.use_model(model)
        self._engine.warm_up(model.name)

    def generate(self) -> None:
        """Queue what the draft describes. A seed that isn't kept is rolled first."""
        if not self._draft.keep_seed:
            self._draft.roll_seed()
        start = self._artwork.start
        try:
            requests = self._draft.requests(start.ref if start else None)
        except StudioError as error:
            self._messages.tell(error)
            return
        for request in requests:
            self._jobs.submit(request)
