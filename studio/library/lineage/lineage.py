"""What begot a picture and what it begot: a part of the family tree, read page by page."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import Final, Protocol

from studio.library.picture import ParentRole, Picture

MOST_PICTURES: Final = 5000
_FIRST_PAGE: Final = 60
_GROWTH: Final = 4
_UP, _DOWN = -1, 1


class Kin(Protocol):
    """Who knows which pictures begot which: the rows of the history. May be asked on any thread."""

    def parents_of(self, picture: Picture) -> Sequence[tuple[ParentRole, Picture]]: ...

    def children_of(self, picture: Picture) -> Sequence[tuple[ParentRole, Picture]]: ...


@dataclass(frozen=True, slots=True)
class Edge:
    """One picture took something from another one; both by their ids."""

    parent: int
    child: int
    role: ParentRole


@dataclass(frozen=True)
class Lineage:
    """The ancestors and descendants of one picture, `root`, and what else its descendants took
    something from. Edges have no cycles. `is_whole` is False as long as some of it isn't read."""

    root: int
    pictures: Mapping[int, Picture]
    edges: tuple[Edge, ...]
    is_whole: bool = True

    @cached_property
    def into(self) -> Mapping[int, tuple[Edge, ...]]:
        """The edges by which each picture took something."""
        return _by(self.edges, [edge.child for edge in self.edges])

    @cached_property
    def out_of(self) -> Mapping[int, tuple[Edge, ...]]:
        """The edges by which something was taken from each picture."""
        return _by(self.edges, [edge.parent for edge in self.edges])

    def descendants(self, picture_id: int) -> list[int]:
        """All that grew from a picture, parents before their children, without the picture."""
        found = {picture_id}
        queue = deque(found)
        while queue:
            for edge in self.out_of.get(queue.popleft(), ()):
                if edge.child not in found:
                    found.add(edge.child)
                    queue.append(edge.child)
        order = [each for each in in_order(self.pictures, self.edges) if each in found]
        return [each for each in order if each != picture_id]


def lineage_of(
    kin: Kin, picture: Picture, most: int = MOST_PICTURES, *, whole_family: bool = False
) -> Iterator[Lineage]:
    """The lineage of a picture, what is nearest first, in pages that grow: each one holds all those
    before it. The last one is whole unless it holds `most` pictures.

    `whole_family`: with all that grew from its ancestors, too.

    Raises:
        StorageError: the history can't be read.
    """
    found = {picture.id: picture}
    edges: dict[Edge, None] = {}
    queue = deque([(picture, _UP), (picture, _DOWN)])
    asked = {(picture.id, _UP), (picture.id, _DOWN)}
    page = _FIRST_PAGE

    while queue and len(found) < most:
        if len(found) >= page:
            yield _grown(picture.id, found, edges, is_whole=False)
            page *= _GROWTH
        one, direction = queue.popleft()
        nearest = kin.parents_of(one) if direction == _UP else kin.children_of(one)
        for role, other in nearest:
            parent, child = (other, one) if direction == _UP else (one, other)
            edges[Edge(parent.id, child.id, role)] = None
            found.setdefault(other.id, other)
            for further in (direction, _DOWN) if whole_family else (direction,):
                if (other.id, further) not in asked:
                    asked.add((other.id, further))
                    queue.append((other, further))
        if direction == _DOWN and one.id != picture.id:
            # What else a descendant took something from; of that nothing more is asked.
            for role, parent in kin.parents_of(one):
                edges[Edge(parent.id, one.id, role)] = None
                found.setdefault(parent.id, parent)
    yield _grown(picture.id, found, edges, is_whole=not queue)


def in_order(ids: Iterable[int], edges: Iterable[Edge]) -> list[int]:
    """Parents before their children, else as given; what lies on a cycle is left out."""
    waits_for = dict.fromkeys(ids, 0)
    children: dict[int, list[int]] = {}
    for edge in edges:
        waits_for[edge.child] += 1
        children.setdefault(edge.parent, []).append(edge.child)
    ready = deque(each for each, count in waits_for.items() if not count)
    order = []
    while ready:
        one = ready.popleft()
        order.append(one)
        for child in children.get(one, ()):
            waits_for[child] -= 1
            if not waits_for[child]:
                ready.append(child)
    return order


def _grown(
    root: int, found: Mapping[int, Picture], edges: Iterable[Edge], *, is_whole: bool
) -> Lineage:
    known = [edge for edge in edges if edge.parent in found and edge.child in found]
    if len(in_order(found, known)) < len(found):
        # Two pictures of the same pixels can seem to beget each other: the elder one did.
        def age(picture_id: int) -> tuple[object, int]:
            return found[picture_id].created, picture_id

        known = [edge for edge in known if age(edge.parent) < age(edge.child)]
    return Lineage(root, dict(found), tuple(known), is_whole)


def _by(edges: Sequence[Edge], ends: Sequence[int]) -> dict[int, tuple[Edge, ...]]:
    sorted_: dict[int, list[Edge]] = {}
    for edge, end in zip(edges, ends, strict=True):
        sorted_.setdefault(end, []).append(edge)
    return {end: tuple(found) for end, found in sorted_.items()}
