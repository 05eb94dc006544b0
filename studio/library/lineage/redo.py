"""Pictures made anew: as they were, or with one thing changed, and with them all that grew from
them.

What grew from a picture is rebuilt on the one that comes in its place: as start picture, as style,
control or reference, or as what a branch goes on from. Masks stay where they are, for the new
picture is as large as the old one; upscaling and restyling take the size of what they work on.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from studio.domain.branch import Branch
from studio.domain.control import Control, Reference
from studio.domain.errors import RequestError
from studio.domain.request import PictureRef, Request
from studio.domain.stylize import StyleSource, Stylize
from studio.domain.task import Task
from studio.library.lineage.lineage import Lineage
from studio.library.picture import ParentRole, Picture
from studio.library.upscaling import upscale_request

Guide = TypeVar("Guide", Control, Reference)
CHANGEABLE: Final = (
    "prompt",
    "negative_prompt",
    "seed",
    "model",
    "num_inference_steps",
    "guidance_scale",
    "scheduler",
    "strength",
)


@dataclass(frozen=True, slots=True)
class Alteration:
    """One thing of a request that is to be another one: a name of CHANGEABLE and its value."""

    name: str
    value: Any

    def __post_init__(self) -> None:
        if self.name not in CHANGEABLE:
            raise ValueError(f"{self.name} can't be changed alone")


@dataclass(frozen=True, slots=True)
class Plan:
    """What is to be made anew, parents before their children, and what can't be: what was painted
    on a canvas that held more than its parent, or grew from such a picture alone."""

    order: tuple[Picture, ...]
    left_out: tuple[Picture, ...]


def plan(lineage: Lineage, picture: Picture) -> Plan:
    """What has to be made anew once `picture` is another one."""
    anew = {picture.id}
    order, left_out = [picture], []
    for each in lineage.descendants(picture.id):
        child = lineage.pictures[each]
        is_rebuilt = any(
            edge.parent in anew and edge.role is not ParentRole.CANVAS
            for edge in lineage.into[each]
        )
        if is_rebuilt and child.request is not None:
            anew.add(each)
            order.append(child)
        else:
            left_out.append(child)
    return Plan(tuple(order), tuple(left_out))


def alone(picture: Picture) -> Request:
    """The request that makes this very picture, whatever batch it came from.

    Raises:
        RequestError: it was imported.
    """
    if picture.request is None:
        raise RequestError("This picture was imported: the studio can't make it again.")
    seed = picture.request.seed + picture.index
    if picture.request.num_images_per_prompt == 1 and not picture.index:
        return picture.request
    return replace(picture.request, seed=seed, num_images_per_prompt=1)


def changed(picture: Picture, alteration: Alteration, beside: Picture) -> Request:
    """A picture's request with one thing changed, if that is the same in it as in `beside`, the
    picture with which it all began.

    Raises:
        RequestError: the value is impossible, or the picture was imported.
    """
    request, first = alone(picture), alone(beside)
    name = alteration.name
    if not request.task.needs_model or getattr(request, name) != getattr(first, name):
        return request
    return replace(request, **{name: alteration.value})


def rebuilt(request: Request, instead: Mapping[Picture, Picture]) -> Request:
    """A request on the pictures that came in the place of others (`instead`: old to new).

    Raises:
        RequestError: it doesn't fit the new ones, which are of another size or took fewer steps.
    """
    by_pixels = {old.pixel_digest: new for old, new in instead.items()}
    guides: dict[str, Any] = {
        "controls": tuple(_guided(each, by_pixels) for each in request.controls),
        "references": tuple(_guided(each, by_pixels) for each in request.references),
    }
    if request.branch is not None:
        return _branched(replace(request, **guides), request.branch, instead)
    start = request.init_image
    new_start = None if start is None else by_pixels.get(start.digest)
    if request.task is Task.UPSCALE:
        if new_start is None:
            return request
        return upscale_request(_ref(new_start), request.upscale, request.upscaler, new_start.record)
    values = guides
    if new_start is not None:
        values["init_image"] = _ref(new_start)
        if request.task is Task.STYLIZE:
            values |= {"width": new_start.width, "height": new_start.height}
    if request.stylize is not None:
        values["stylize"] = _restyled(request.stylize, by_pixels)
    return replace(request, **values)


def _branched(request: Request, branch: Branch, instead: Mapping[Picture, Picture]) -> Request:
    for old, new in instead.items():
        if old.request is not None and branch.parent in (old.request, alone(old)):
            return replace(branch, parent=alone(new)).grown(request)
    return request


def _restyled(stylize: Stylize, by_pixels: Mapping[str, Picture]) -> Stylize:
    def on_new(source: StyleSource) -> StyleSource:
        new = None if source.picture is None else by_pixels.get(source.picture.digest)
        return source if new is None else replace(source, picture=_ref(new))

    return replace(
        stylize,
        styles=tuple(map(on_new, stylize.styles)),
        outside=tuple(map(on_new, stylize.outside)),
    )


def _guided(guide: Guide, by_pixels: Mapping[str, Picture]) -> Guide:
    new = by_pixels.get(guide.picture.digest)
    return guide if new is None else replace(guide, picture=_ref(new))


def _ref(picture: Picture) -> PictureRef:
    return PictureRef(picture.pixel_digest, picture.width, picture.height)
