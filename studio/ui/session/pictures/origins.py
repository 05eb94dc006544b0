"""Where a picture comes from beside its request: its batch, its project, the artwork under it."""

from __future__ import annotations

import secrets
from dataclasses import dataclass

from studio.document import Document
from studio.library.picture import Parent, ParentRole
from studio.ui.session.painting.editing import Editing


@dataclass(frozen=True, slots=True)
class Origin:
    """What the history keeps with a picture. `parents` are those that its request doesn't name;
    pictures that were asked for together share their `batch`."""

    parents: tuple[Parent, ...] = ()
    batch: str = ""
    project: str = ""


class Origins:
    """Tells where what is asked for now comes from. The project is the artwork that is open."""

    def __init__(self, editing: Editing) -> None:
        self._editing = editing

    def now(self, count: int = 1) -> Origin:
        """Of pictures that are made beside the artwork, if one is open; `count` are asked for."""
        document = self._editing.document
        named = None if document is None or document.path is None else document
        return Origin(batch=_batch(count), project=_project(named))

    def of(self, document: Document, count: int = 1) -> Origin:
        """Of pictures that are made of an artwork; `count` are asked for."""
        parents = tuple(Parent(ParentRole.CANVAS, digest) for digest in document.sources)
        return Origin(parents, _batch(count), _project(document))


def _batch(count: int) -> str:
    return secrets.token_hex(8) if count > 1 else ""


def _project(document: Document | None) -> str:
    if document is None:
        return ""
    return document.name if document.path is None else document.path.stem
