"""Where the pictures of a family tree stand: parents left of their children, in columns.

Layers by the longest way from an ancestor, order within a layer by barycentres (Sugiyama, Tagawa
and Toda, 1981), heights by isotonic regression: each as near to its relatives as those above and
below it allow. Pure arithmetic, no Qt.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Final

NODE_PX: Final = 120.0
COLUMN_PX: Final = 340.0
ROW_GAP_PX: Final = 36.0
_BEND_PX: Final = 20.0
_SWEEPS: Final = 4
# What reaches further is drawn straight: bends for each column it crosses could be millions.
_FARTHEST: Final = 6

Point = tuple[float, float]
Link = tuple[int, int]


@dataclass(frozen=True, slots=True)
class Layout:
    """`places` are the left upper corners of squares of NODE_PX, nothing left or above of 0.

    `columns` holds those who stand in each column, from top to bottom. `routes` lead from the right
    side of a parent to the left side of a child.
    """

    places: Mapping[int, Point]
    columns: tuple[tuple[int, ...], ...]
    routes: Mapping[Link, tuple[Point, ...]]
    width: float
    height: float


@dataclass(slots=True)
class _Item:
    """A picture, or a bend of an edge that crosses a column."""

    layer: int
    half: float
    y: float = 0.0
    before: list[_Item] = field(default_factory=list)
    after: list[_Item] = field(default_factory=list)


def laid_out(ids: Sequence[int], links: Iterable[Link]) -> Layout:
    """Place pictures; `ids` come with parents before their children, `links` are (parent, child).

    Where nothing else decides, the order of `ids` is that from top to bottom.
    """
    links = tuple(dict.fromkeys(links))
    layers = _layers(ids, links)
    items = {each: _Item(layers[each], NODE_PX / 2) for each in ids}
    columns: list[list[_Item]] = [[] for _ in range(max(layers.values(), default=-1) + 1)]
    for each in ids:
        columns[layers[each]].append(items[each])
    bends = {link: _bend(items[link[0]], items[link[1]], columns) for link in links}
    _settle(columns)
    top = min((item.y - item.half for column in columns for item in column), default=0.0)
    places = {
        each: (item.layer * COLUMN_PX, item.y - item.half - top) for each, item in items.items()
    }
    routes = {
        (parent, child): (
            (places[parent][0] + NODE_PX, items[parent].y - top),
            *(
                (bend.layer * COLUMN_PX + NODE_PX / 2, bend.y - top)
                for bend in bends[parent, child]
            ),
            (places[child][0], items[child].y - top),
        )
        for parent, child in links
    }
    by_height = sorted(ids, key=lambda each: places[each][1])
    standing: list[list[int]] = [[] for _ in columns]
    for each in by_height:
        standing[layers[each]].append(each)
    return Layout(
        places,
        tuple(map(tuple, standing)),
        routes,
        (len(columns) - 1) * COLUMN_PX + NODE_PX if columns else 0.0,
        max((y for _, y in places.values()), default=-NODE_PX) + NODE_PX,
    )


def _layers(ids: Sequence[int], links: Iterable[Link]) -> dict[int, int]:
    parents: dict[int, list[int]] = {each: [] for each in ids}
    children: dict[int, list[int]] = {each: [] for each in ids}
    for parent, child in links:
        parents[child].append(parent)
        children[parent].append(child)
    layers: dict[int, int] = {}
    for each in ids:
        layers[each] = 1 + max((layers[parent] for parent in parents[each]), default=-1)
    for each in reversed(ids):
        # Who has no parents stands beside the first child, not at the far left.
        if not parents[each] and children[each]:
            layers[each] = min(layers[child] for child in children[each]) - 1
    return layers


def _bend(parent: _Item, child: _Item, columns: list[list[_Item]]) -> list[_Item]:
    """Bends where an edge crosses columns, each tied to the next."""
    span = child.layer - parent.layer
    crossed = range(parent.layer + 1, child.layer) if span <= _FARTHEST else ()
    chain = [parent, *(_Item(layer, _BEND_PX / 2) for layer in crossed), child]
    for bend in chain[1:-1]:
        columns[bend.layer].append(bend)
    for one, other in pairwise(chain):
        one.after.append(other)
        other.before.append(one)
    return chain[1:-1]


def _settle(columns: Sequence[list[_Item]]) -> None:
    """Order each column and give it heights, once from the left, once from the right, and so on."""
    for column in columns:
        _spread(column, [index * NODE_PX for index in range(len(column))])
    for sweep in range(_SWEEPS):
        from_left = sweep % 2 == 0
        for column in columns if from_left else reversed(columns):
            wanted = [_mean(item.before if from_left else item.after, item.y) for item in column]
            order = sorted(range(len(column)), key=wanted.__getitem__)
            column[:] = [column[index] for index in order]
            _spread(column, [wanted[index] for index in order])


def _mean(relatives: Sequence[_Item], otherwise: float) -> float:
    if not relatives:
        return otherwise
    return sum(relative.y for relative in relatives) / len(relatives)


def _spread(column: Sequence[_Item], wanted: Sequence[float]) -> None:
    """Heights in this order, as near to what is wanted as they can be without touching: the least
    squares, by pooling adjacent violators."""
    offsets, offset = [], 0.0
    for index, item in enumerate(column):
        if index:
            offset += column[index - 1].half + item.half + ROW_GAP_PX
        offsets.append(offset)
    pools: list[list[float]] = []  # sum and count of what is moved as one
    for want, offset in zip(wanted, offsets, strict=True):
        pools.append([want - offset, 1])
        while len(pools) > 1 and pools[-2][0] / pools[-2][1] >= pools[-1][0] / pools[-1][1]:
            total, count = pools.pop()
            pools[-1][0] += total
            pools[-1][1] += count
    index = 0
    for total, count in pools:
        for _ in range(int(count)):
            column[index].y = total / count + offsets[index]
            index += 1
