"""Downloads of models: what is offered, what is under way. Nothing is asked for before the artist
has agreed to the host."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from pathlib import PurePosixPath
from typing import ClassVar

from psygnal import Signal

from studio.catalog.curated import CURATED
from studio.catalog.downloads import (
    Address,
    Destination,
    Download,
    Downloads,
    Offer,
    State,
    Tokens,
    read_source,
)
from studio.catalog.downloads.addresses import host_of
from studio.catalog.downloads.destinations import folder_for
from studio.catalog.downloads.tokens import hub_endpoint
from studio.domain.errors import DownloadError
from studio.ui.session.background import Background
from studio.ui.session.messages import Messages, Notice
from studio.ui.session.models.model_files import ModelFiles
from studio.ui.session.models.models import Models
from studio.ui.session.on_loop import OnLoop


class ModelDownloads:
    """Made when the window shows its page; `offers` are the ones that the studio knows.

    Signals:
        changed(): one came, went on, or ended.
    """

    changed: ClassVar[Signal] = Signal()

    def __init__(
        self,
        make: Callable[[], Downloads],
        models: Models,
        files: ModelFiles,
        messages: Messages,
        background: Background,
        offers: tuple[Offer, ...] = CURATED,
    ) -> None:
        self.offers = offers
        self._make = make
        self._models = models
        self._files = files
        self._messages = messages
        self._background = background
        self._downloads: Downloads | None = None
        self._finished: set[str] = set()
        self._news = OnLoop(self._on_news)

    def begin(self) -> None:
        """Look what an earlier session left unfinished. Call it in the loop."""
        if self._downloads is None:
            self._news.begin()
            self._downloads = self._make()
            self._downloads.changed.connect(self._news)
            self.changed.emit()

    async def close(self) -> None:
        """Pause what is under way, then return; it can be gone on with another time."""
        if self._downloads is not None:
            self._downloads.changed.disconnect(self._news)
            self._news.end()
            await asyncio.to_thread(self._downloads.close)

    def all(self) -> tuple[Download, ...]:
        """Those that are under way, paused, failed or finished since the start."""
        return () if self._downloads is None else self._downloads.all()

    def here(self) -> frozenset[str]:
        """The names of the offers that are on this disk already, as far as names tell."""
        known = {name for info in self._models.all() for name in (info.name, info.title)}
        folded = {name.casefold() for name in known}
        return frozenset(offer.name for offer in self.offers if self._is_here(offer, folded))

    def _is_here(self, offer: Offer, known: set[str]) -> bool:
        source = read_source(offer.source)
        path = source.url if isinstance(source, Address) else source.files or source.id
        names = {offer.title, offer.saved_as, PurePosixPath(path).name, PurePosixPath(path).stem}
        if known & {name.casefold() for name in names if name}:
            return True
        if not offer.saved_as:
            return False
        folder = folder_for(self._files.own_folder, offer.destination, is_folder=False)
        return (folder / offer.saved_as).exists()

    # Who is asked

    def host_for(self, what: str | Offer) -> str:
        """The host that would be asked for it.

        Raises:
            DownloadError: the text names nothing, or an address that isn't opened.
        """
        source = read_source(what.source if isinstance(what, Offer) else what)
        return host_of(source.url if isinstance(source, Address) else hub_endpoint())

    def keep_token(self, token: str) -> None:
        """Keep a token for Hugging Face in the system's keyring."""
        self._background.start(self._keep_token, token)

    # What goes on

    def start(self, what: str | Offer, destination: Destination | None = None) -> None:
        """Fetch an offer, a repository or an address.

        Raises:
            DownloadError: the artist hasn't agreed to the host, or the text names nothing.
        """
        host = self.host_for(what)
        if not self._models.marks.may_ask(host):
            raise DownloadError(f"Nobody has agreed yet that “{host}” is asked.")
        self.begin()
        if self._downloads is not None:
            self._background.start(self._start, self._downloads, what, destination)

    def pause(self, download: Download) -> None:
        """Stop it; what is there stays."""
        if self._downloads is not None:
            self._background.start(asyncio.to_thread, self._downloads.pause, download)

    def resume(self, download: Download) -> None:
        """Go on where it was paused or failed."""
        if self._downloads is not None:
            self._background.start(asyncio.to_thread, self._downloads.resume, download)

    def cancel(self, download: Download) -> None:
        """Stop it and remove what was fetched; take a finished one off the list."""
        if self._downloads is not None:
            self._background.start(asyncio.to_thread, self._downloads.cancel, download)

    async def _start(
        self, downloads: Downloads, what: str | Offer, destination: Destination | None
    ) -> None:
        await asyncio.to_thread(downloads.start, what, destination=destination)

    async def _keep_token(self, token: str) -> None:
        await asyncio.to_thread(Tokens().keep, hub_endpoint(), token)
        self._messages.notice.emit(
            Notice("The token is in the keyring, and nowhere else.", is_error=False)
        )

    def _on_news(self) -> None:
        finished = {one.id: one for one in self.all() if one.state is State.FINISHED}
        for identity in finished.keys() - self._finished:
            self._files.rescan()
            title = finished[identity].title
            self._messages.notice.emit(Notice(f"“{title}” is here.", is_error=False))
        self._finished = set(finished)
        self.changed.emit()
