"""A picture of the history, and the record that its file carries."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from pathlib import Path

from studio.domain.making import Making
from studio.domain.operation import Operation
from studio.domain.request import Request
from studio.library.settings import PictureSettings


class ParentRole(StrEnum):
    """What a picture took from its parent."""

    START = "start"
    STYLE = "style"
    BRANCH = "branch"
    CANVAS = "canvas"
    CONTROL = "control"
    REFERENCE = "reference"


@dataclass(frozen=True, slots=True)
class Parent:
    """A picture that begot another one.

    `digest` is that of its pixels; for a branch that of the *request* whose steps it goes on from.
    """

    role: ParentRole
    digest: str


@dataclass(frozen=True, slots=True)
class PictureRecord:
    """What a picture's file says about itself, enough to make it again.

    `request` is None for an imported picture. `index` is its place in its batch: its noise came
    from `request.seed + index`. `created` is aware, in UTC. `pixel_digest` is the sha256 (hex) of
    the raw bytes, row by row: RGB, or RGBA where it is transparent in places. `elapsed_s` is how
    long its job took. Those of the `parents` that the request names are there without being given.
    `batch` is the same for all that were asked for together, `project` names the artist's work it
    belongs to, `title` is the artist's own for it; each may be empty. `making` is how it was
    computed, None where that isn't known.
    """

    request: Request | None
    index: int
    created: datetime
    elapsed_s: float
    pixel_digest: str
    parents: tuple[Parent, ...] = ()
    batch: str = ""
    project: str = ""
    title: str = ""
    making: Making | None = None

    def __post_init__(self) -> None:
        named = () if self.request is None else named_parents(self.request)
        object.__setattr__(self, "parents", tuple(dict.fromkeys((*named, *self.parents))))

    @property
    def operation(self) -> Operation:
        """What was done to get it."""
        return Operation.IMPORT if self.request is None else Operation.of(self.request)

    @property
    def seed(self) -> int | None:
        """The seed that made this very picture."""
        return None if self.request is None else self.request.seed + self.index


@dataclass(frozen=True, slots=True)
class Picture:
    """A finished picture on the disk. `path` is absolute.

    `has_steps` says whether previews or snapshots of its steps are kept, `steps_pruned` that they
    were and had to make room. `imported` is what an imported picture's file says about how it was
    made. `rating` is 0 to 5 stars; `tags` are in the order in which they were given.
    """

    id: int
    path: Path
    width: int
    height: int
    has_steps: bool
    record: PictureRecord
    imported: PictureSettings | None = None
    rating: int = 0
    tags: tuple[str, ...] = ()
    steps_pruned: bool = False

    @property
    def request(self) -> Request | None:
        """The job that made it; None for an imported picture."""
        return self.record.request

    @property
    def settings(self) -> PictureSettings:
        """What is known of how it was made, by whichever program."""
        if self.request is not None:
            return PictureSettings.of(self.request, self.record.index)
        return self.imported or PictureSettings()

    @property
    def operation(self) -> Operation:
        """What was done to get it."""
        return self.record.operation

    @property
    def index(self) -> int:
        """Its place in its batch."""
        return self.record.index

    @property
    def seed(self) -> int | None:
        """The seed that made it, if it is known."""
        return self.settings.seed if self.request is None else self.record.seed

    @property
    def created(self) -> datetime:
        """When it was made, aware, in UTC."""
        return self.record.created

    @property
    def elapsed_s(self) -> float:
        """How long its job took."""
        return self.record.elapsed_s

    @property
    def pixel_digest(self) -> str:
        """As in PictureRecord."""
        return self.record.pixel_digest


def has_mask(request: Request | None) -> bool:
    """Whether only a part of the start picture was worked on."""
    if request is None:
        return False
    by = (request.inpaint, request.stylize)
    return any(one is not None and one.mask is not None for one in by)


def named_parents(request: Request) -> tuple[Parent, ...]:
    """The parents that a request itself names. Those of a branch's parent are not its own."""
    if request.branch is not None:
        parent = request.branch.parent
        guides = [each for each in _guides(request) if each not in _guides(parent)]
        return (Parent(ParentRole.BRANCH, parent.digest), *guides)
    parents = _guides(request)
    if request.init_image is not None:
        parents.insert(0, Parent(ParentRole.START, request.init_image.digest))
    if request.stylize is not None:
        parents += [
            Parent(ParentRole.STYLE, style.picture.digest)
            for style in (*request.stylize.styles, *request.stylize.outside)
            if style.picture is not None
        ]
    return tuple(parents)


def _guides(request: Request) -> list[Parent]:
    """The pictures that the model looked at."""
    return [
        *(Parent(ParentRole.CONTROL, control.picture.digest) for control in request.controls),
        *(Parent(ParentRole.REFERENCE, each.picture.digest) for each in request.references),
    ]
