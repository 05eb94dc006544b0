"""A stroke while it is painted: points come in, dabs lie in the document."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

import numpy as np
from numpy.typing import NDArray

from studio.document.area import NOWHERE, Area
from studio.document.change import Change
from studio.document.content import Content
from studio.document.document import Document
from studio.document.edit_log import Edit
from studio.document.painting.brush import Brush, Stamps
from studio.document.painting.mixing import Colour, Cover
from studio.document.painting.path import Path, StrokePoint
from studio.document.painting.target import Surface, Target
from studio.document.tiles import TILE, Index, pieces, tile_area
from studio.domain.events import Pixels
from studio.domain.geometry import Box

_NAMES: Final = {
    (Target.LAYER, False): "Brush stroke",
    (Target.LAYER, True): "Erase",
    (Target.LAYER_MASK, False): "Paint layer mask",
    (Target.LAYER_MASK, True): "Erase layer mask",
    (Target.MASK, False): "Paint mask",
    (Target.MASK, True): "Erase mask",
}
_LITTLE_PX: Final = 64 * 64


class Stroke:
    """Paints on the active layer, its own mask or the document's mask, shown at once.

    Nothing is painted outside the document. What the dabs cover is gathered apart, so that a
    stroke covers nowhere more than the brush's opacity; the tiles that it touches are copied once.
    Costs depend on the dabs, not on the document.

    Args:
        document: shows the stroke while it goes, and is given one edit by `finish`.
        colour: on a layer's own mask its luminance counts; ignored on the document's.
        erase: take away instead of adding.
        within_mask: paint only where the document's mask is, as far as it is; everywhere while
            that is empty.
        stamps: shared between strokes, so that a large brush needn't be drawn anew for each.

    Raises:
        ValueError: no layer is active, or it has no mask to paint on.
    """

    def __init__(
        self,
        document: Document,
        brush: Brush,
        target: Target = Target.LAYER,
        colour: Colour = (0, 0, 0),
        erase: bool = False,
        within_mask: bool = False,
        stamps: Stamps | None = None,
    ) -> None:
        content = document.content
        self._document = document
        self._brush = brush
        self._colour = None if erase else colour
        self._within = content.mask if within_mask and content.mask.count else None
        self._surface = Surface.of(content, target)
        self._base = self._image = self._surface.image(content)
        self._origin = self._surface.origin(content)
        self._inside = content.area.moved(-self._origin[0], -self._origin[1])
        self._path = Path(brush)
        self._stamps = stamps or Stamps()
        self._covers: dict[Index, Cover] = {}
        self._tiles: dict[Index, Pixels] = {}
        self._painted_into = content
        document.end_preview()

    def extend(self, points: Iterable[StrokePoint]) -> Box | None:
        """Go on through `points`; where the document changed, None if nowhere."""
        return self._dabbed([dab for point in points for dab in self._path.extend(point)])

    def finish(self) -> None:
        """End the stroke: one edit that can be undone, none if nothing changed. No point can
        follow."""
        self._dabbed(self._path.finish())
        for tile in self._tiles.values():
            tile.flags.writeable = False
        self._leave_out_what_stayed()
        content = self._document.content
        if self._stands() and self._image is not self._base:
            name = _NAMES[self._surface.target, self._colour is None]
            self._document.do(Edit(name, self._surface.with_image(content, self._image)))
        else:
            self._document.end_preview()

    def cancel(self) -> None:
        """As if it had never begun."""
        self._document.end_preview()

    def _dabbed(self, dabs: list[StrokePoint]) -> Box | None:
        touched: dict[Index, Area] = {}
        for dab in dabs:
            self._cover(dab, touched)
        if not touched:
            return None
        fresh = touched.keys() - self._tiles.keys()
        for index, area in touched.items():
            self._mix(index, area)
        if fresh:
            views = {index: self._tiles[index].view() for index in fresh}
            self._image = self._image.replaced(views)
        return self._shown(touched, bool(fresh))

    def _cover(self, dab: StrokePoint, touched: dict[Index, Area]) -> None:
        """Add a dab to the covers; `touched` gathers where in each tile."""
        stamp, left, top = self._stamps.stamp(
            self._brush.diameter_px(dab.pressure),
            self._brush.hardness,
            dab.x - self._origin[0],
            dab.y - self._origin[1],
        )
        most = np.float32(self._brush.most(dab.pressure))
        place = Area(left, top, left + stamp.shape[1], top + stamp.shape[0]).common(self._inside)
        for index, inner, part_of_place in pieces(place):
            outer = part_of_place.moved(place.x - left, place.y - top)
            cover = self._covers.get(index)
            if cover is None:
                cover = self._covers[index] = np.zeros((TILE, TILE), np.float32)
            # The profile of the brush bounds the sum of its dabs too, or soft edges would harden.
            wanted = stamp[outer.slices]
            if most < 1:
                wanted = wanted * most
            changed = _around_true(wanted > cover[inner.slices])
            if changed.is_empty:
                continue
            goal = changed.moved(inner.x, inner.y)
            part, wanted = cover[goal.slices], wanted[changed.slices]
            if self._brush.flow < 1:
                part += np.maximum(wanted - part, 0) * np.float32(self._brush.flow)
            else:
                np.maximum(part, wanted, out=part)
            touched[index] = touched.get(index, NOWHERE).around(goal)

    def _mix(self, index: Index, area: Area) -> None:
        """Paint the covers in `area` of a tile."""
        base = self._base.tile(index)
        if base is None:
            base = self._base.blank()
        if index not in self._tiles:
            self._tiles[index] = base.copy()
        cover = self._covers[index][area.slices]
        if self._within is not None:
            place = tile_area(index)
            seen = area.moved(place.x + self._origin[0], place.y + self._origin[1])
            cover = cover * (self._within.read(seen) * np.float32(1 / 255))
        after = self._surface.covered(base[area.slices], cover, self._colour)
        self._tiles[index][area.slices] = after

    def _shown(self, touched: dict[Index, Area], fresh: bool) -> Box | None:
        content = self._document.content
        if not self._stands():
            return None  # what was painted on is gone, elsewhere or another by now
        # Told row by row: a large brush changes little more than a ring.
        rows: dict[int, Area] = {}
        for index, part in touched.items():
            place = tile_area(index)
            known = rows.get(index[0], NOWHERE)
            rows[index[0]] = known.around(part.moved(place.x, place.y))
        area = NOWHERE
        if self._painted_into is not content:
            self._painted_into = content
            self._document.preview(self._surface.with_image(content, self._image))
        elif fresh:
            self._document.preview(self._surface.with_image(content, self._image), Change())
        for row in rows.values():
            seen = row.moved(*self._origin)
            area = area.around(seen)
            self._document.repainted(self._change(content, seen.box(content.size)))
        return area.box(content.size)

    def _stands(self) -> bool:
        """Whether what is painted on is still there, and still where and what it was."""
        content = self._document.content
        return (
            self._surface.exists(content)
            and self._surface.image(content) is self._base
            and self._surface.origin(content) == self._origin
        )

    def _change(self, content: Content, box: Box | None) -> Change:
        if self._surface.layer_id is None:
            return Change(mask=box)
        layer = content.layer(self._surface.layer_id)
        damage = box if layer.visible and layer.opacity > 0 else None
        return Change(pixels=((layer.id, box),), damage=damage)

    def _leave_out_what_stayed(self) -> None:
        """Tiles that were painted with what they had already are no change."""
        changed: dict[Index, Pixels | None] = {}
        for index, tile in self._tiles.items():
            base = self._base.tile(index)
            before = self._base.blank() if base is None else base
            if np.array_equal(tile, before):
                changed[index] = base
            elif not (tile != self._base.fill).any():
                changed[index] = None
        if changed:
            image = self._image.replaced(changed)
            self._image = image if image.differing(self._base) else self._base


def _around_true(found: NDArray[np.bool_]) -> Area:
    """The smallest area around what is True in (h, w), or all of it where that is little anyway;
    empty where nothing is."""
    if found.size < _LITTLE_PX:
        return Area(0, 0, found.shape[1], found.shape[0]) if found.any() else NOWHERE
    rows = np.flatnonzero(found.any(axis=1))
    if not len(rows):
        return NOWHERE
    columns = np.flatnonzero(found.any(axis=0))
    return Area(int(columns[0]), int(rows[0]), int(columns[-1]) + 1, int(rows[-1]) + 1)
