"""What differs between two moments of a document."""

from __future__ import annotations

from dataclasses import dataclass

from studio.document.area import NOWHERE, Area
from studio.document.content import Content
from studio.document.layer import Layer
from studio.document.tiles import area_of
from studio.domain.geometry import Box


@dataclass(frozen=True, slots=True)
class Change:
    """What is to be shown anew. All empty and False when nothing is.

    Args:
        pixels: the ids of layers whose own pixels or masks changed, with where in the document;
            an area outside the document is left out, and the id then has None.
        damage: where the flattened picture may look different.
        layers: their number, order, names or any other property but pixels.
        mask: where the document's mask changed.
    """

    pixels: tuple[tuple[str, Box | None], ...] = ()
    damage: Box | None = None
    mask: Box | None = None
    layers: bool = False
    active: bool = False
    size: bool = False
    working_area: bool = False
    prompt: bool = False

    @property
    def is_empty(self) -> bool:
        return self == Change()


def difference(before: Content, after: Content) -> Change:
    """What has to be shown anew when `after` takes the place of `before`."""
    if before is after:
        return Change()
    resized = before.size != after.size
    pixels: list[tuple[str, Box | None]] = []
    damage = NOWHERE
    old = {layer.id: layer for layer in before.layers}
    new = {layer.id: layer for layer in after.layers}
    for layer_id in old.keys() | new.keys():
        one, other = old.get(layer_id), new.get(layer_id)
        if one is other:
            continue
        if one is None or other is None:
            damage = damage.around(_seen(one or other))
            continue
        touched = _touched(one, other)
        if not touched.is_empty:
            pixels.append((layer_id, touched.box(after.size)))
        if _drawn_alike(one, other):
            if one.is_seen or other.is_seen:
                damage = damage.around(touched)
        else:
            damage = damage.around(_seen(one)).around(_seen(other))
    damage = _reordered(before, after, damage)
    masked = area_of(before.mask.differing(after.mask))
    return Change(
        pixels=tuple(sorted(pixels, key=lambda item: after.index(item[0]))),
        damage=Box.whole(after.size) if resized else damage.box(after.size),
        mask=Box.whole(after.size) if resized else masked.box(after.size),
        layers=_described(before) != _described(after),
        active=before.active_id != after.active_id,
        size=resized,
        working_area=before.working_area != after.working_area,
        prompt=before.prompt != after.prompt,
    )


def bytes_replaced(before: Content, after: Content) -> int:
    """What the tiles of `before` occupy that `after` hasn't: what it costs to keep both."""
    images = {id(image) for image in after.images()}
    gone = {
        id(tile): tile.nbytes
        for image in before.images()
        if id(image) not in images
        for _, tile in image.items()
    }
    if not gone:
        return 0
    kept = {id(tile) for image in after.images() for _, tile in image.items()}
    return sum(size for tile, size in gone.items() if tile not in kept)


def _touched(one: Layer, other: Layer) -> Area:
    """Where their own pixels or masks differ, in the document's coordinates."""
    touched = area_of(one.image.differing(other.image))
    if one.mask is None or other.mask is None:
        if one.mask is not other.mask:
            touched = touched.around(one.image.tiled_area).around(other.image.tiled_area)
    else:
        touched = touched.around(area_of(one.mask.differing(other.mask)))
    return touched.moved(other.x, other.y)


def _seen(layer: Layer | None) -> Area:
    return layer.tiled_area if layer is not None and layer.is_seen else NOWHERE


def _drawn_alike(one: Layer, other: Layer) -> bool:
    """Whether the same pixels would look the same in both."""
    mine, theirs = (
        (layer.x, layer.y, layer.opacity, layer.visible, layer.blend_mode, _mask_fill(layer))
        for layer in (one, other)
    )
    return mine == theirs


def _mask_fill(layer: Layer) -> int:
    return 255 if layer.mask is None else layer.mask.fill


def _reordered(before: Content, after: Content, damage: Area) -> Area:
    """`damage` with the layers that both have but in another order."""
    common = {layer.id for layer in before.layers} & {layer.id for layer in after.layers}
    one = [layer for layer in before.layers if layer.id in common]
    other = [layer for layer in after.layers if layer.id in common]
    for a, b in zip(one, other, strict=True):
        if a.id != b.id:
            damage = damage.around(_seen(a)).around(_seen(b))
    return damage


def _described(content: Content) -> list[tuple[object, ...]]:
    """All properties of the layers but their pixels."""
    return [
        (
            layer.id,
            layer.name,
            layer.kind,
            layer.opacity,
            layer.visible,
            layer.blend_mode,
            layer.x,
            layer.y,
            layer.mask is None,
        )
        for layer in content.layers
    ]
