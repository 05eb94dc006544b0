"""What can be done to layers. Each function says what a document would be like afterwards."""

from __future__ import annotations

from dataclasses import replace

from studio.document.area import Area
from studio.document.content import Content
from studio.document.edit_log import Edit
from studio.document.layer import BlendMode, Layer, LayerKind, new_layer_id
from studio.document.masks import Mask
from studio.document.rendering.composite import flatten_layers
from studio.document.tiles import TiledImage
from studio.domain.events import Pixels


def add_layer(content: Content, layer: Layer, name: str = "Add layer") -> Edit:
    """Above the active layer, or topmost where none is active; the new one becomes active."""
    at = len(content.layers) if content.active_id is None else content.index(content.active_id) + 1
    layers = (*content.layers[:at], layer, *content.layers[at:])
    return Edit(name, replace(content, layers=layers, active_id=layer.id))


def add_paint_layer(content: Content) -> Edit:
    """A transparent layer to paint on, “Layer 3” if that is the first name not taken."""
    taken = {layer.name for layer in content.layers}
    number = next(i for i in range(1, len(taken) + 2) if f"Layer {i}" not in taken)
    return add_layer(content, Layer(f"Layer {number}"))


def add_picture(content: Content, pixels: Pixels, name: str, x: int = 0, y: int = 0) -> Edit:
    """A picture (h, w, 3 or 4), its left upper corner at `x`, `y`, as a new layer."""
    layer = Layer(name, TiledImage.of(pixels), LayerKind.PICTURE, x=x, y=y)
    return add_layer(content, layer, f"Add “{name}”")


def add_generated(
    content: Content, pixels: Pixels, mask: Mask | None, name: str, x: int = 0, y: int = 0
) -> Edit:
    """What a model painted, (h, w, 3 or 4) at `x`, `y`, topmost, seen as far as its own `mask`
    (h, w) says; nothing below changes."""
    own = None if mask is None else TiledImage.of(mask)
    layer = Layer(name, TiledImage.of(pixels), LayerKind.GENERATED, own, x=x, y=y)
    return Edit(
        "Apply generation", replace(content, layers=(*content.layers, layer), active_id=layer.id)
    )


def remove_layer(content: Content, layer_id: str) -> Edit:
    """Without that layer; the one below becomes active if it was.

    Raises:
        KeyError: there is no such layer.
    """
    at = content.index(layer_id)
    layers = (*content.layers[:at], *content.layers[at + 1 :])
    active_id = content.active_id
    if active_id == layer_id:
        active_id = layers[max(0, at - 1)].id if layers else None
    return Edit("Remove layer", replace(content, layers=layers, active_id=active_id))


def duplicate_layer(content: Content, layer_id: str) -> Edit:
    """A second one above it, sharing all pixels until one of them is painted on."""
    at = content.index(layer_id)
    original = content.layers[at]
    copy = replace(original, id=new_layer_id(), name=f"{original.name} copy")
    layers = (*content.layers[: at + 1], copy, *content.layers[at + 1 :])
    return Edit("Duplicate layer", replace(content, layers=layers, active_id=copy.id))


def move_in_order(content: Content, layer_id: str, to: int) -> Edit:
    """To place `to` (0 is the lowest, clamped) among the layers."""
    layer = content.layer(layer_id)
    rest = [other for other in content.layers if other.id != layer_id]
    to = min(max(0, to), len(rest))
    return Edit("Move layer in order", replace(content, layers=(*rest[:to], layer, *rest[to:])))


def merge_down(content: Content, layer_id: str) -> Edit:
    """The layer and the one below it as one, with the name, blend mode and id of the lower one;
    opacities and own masks are worked into the pixels.

    The picture stays the same (to a rounding) if both have normal blend mode, or where the lower
    one is normal and opaque.

    Raises:
        ValueError: it is the lowest.
    """
    at = content.index(layer_id)
    if at == 0:
        raise ValueError("the lowest layer has none below to merge with")
    lower, upper = content.layers[at - 1], content.layers[at]
    area = lower.tiled_area.around(upper.tiled_area)
    base = replace(lower, blend_mode=BlendMode.NORMAL, visible=True)
    merged = replace(
        lower, image=_flattened((base, upper), area), mask=None, opacity=1.0, visible=True, x=0, y=0
    )
    layers = (*content.layers[: at - 1], merged, *content.layers[at + 1 :])
    return Edit("Merge down", replace(content, layers=layers, active_id=merged.id))


def flatten_document(content: Content) -> Edit:
    """All that is seen as one picture layer as large as the document."""
    layer = Layer("Picture", _flattened(content.layers, content.area), LayerKind.PICTURE)
    return Edit("Flatten", replace(content, layers=(layer,), active_id=layer.id))


def rename_layer(content: Content, layer_id: str, name: str) -> Edit:
    return Edit("Rename layer", content.with_layer(replace(content.layer(layer_id), name=name)))


def set_opacity(content: Content, layer_id: str, opacity: float) -> Edit:
    """0 to 1. A slider's edits in a row are one step."""
    layer = replace(content.layer(layer_id), opacity=opacity)
    return Edit("Layer opacity", content.with_layer(layer), f"opacity {layer_id}")


def set_visible(content: Content, layer_id: str, visible: bool) -> Edit:
    layer = replace(content.layer(layer_id), visible=visible)
    return Edit("Show layer" if visible else "Hide layer", content.with_layer(layer))


def set_blend_mode(content: Content, layer_id: str, mode: BlendMode) -> Edit:
    layer = replace(content.layer(layer_id), blend_mode=mode)
    return Edit("Blend mode", content.with_layer(layer), f"blend mode {layer_id}")


def move_layer(content: Content, layer_id: str, x: int, y: int) -> Edit:
    """The layer's origin to `x`, `y` in the document; pixels outside of it are kept."""
    layer = replace(content.layer(layer_id), x=x, y=y)
    return Edit("Move layer", content.with_layer(layer))


def set_layer_image(content: Content, layer_id: str, image: TiledImage, name: str) -> Edit:
    """Other pixels in the layer; `name` is what Undo shows."""
    return Edit(name, content.with_layer(replace(content.layer(layer_id), image=image)))


def set_layer_mask(content: Content, layer_id: str, mask: TiledImage | None) -> Edit:
    """Another own mask, in the layer's coordinates; None shows all of the layer."""
    name = "Remove layer mask" if mask is None else "Layer mask"
    return Edit(name, content.with_layer(replace(content.layer(layer_id), mask=mask)))


def _flattened(layers: tuple[Layer, ...], area: Area) -> TiledImage:
    """The layers over each other in `area`, in the document's coordinates."""
    return TiledImage.of(flatten_layers(layers, area), area.x, area.y)
