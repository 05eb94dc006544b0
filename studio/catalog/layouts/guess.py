"""Which program's folder this is, and which of its folders hold models."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Final

from studio.catalog.layouts import a1111, comfyui, hugging_face, invokeai
from studio.catalog.layouts.walk import Root
from studio.catalog.pipelines import INDEX
from studio.catalog.places import Layout


def guess_layout(path: Path) -> Layout:
    """By the files and folders that the programs themselves make. Never raises."""
    for layout, is_one in _SIGNS.items():
        try:
            if is_one(path):
                return layout
        except OSError:
            continue
    return Layout.PLAIN


def roots_of(path: Path, layout: Layout) -> tuple[Root, ...]:
    """The folders to look through in a place of this layout. Never raises."""
    find = _ROOTS.get(layout)
    return (Root(path),) if find is None else find(path)


_SIGNS: Final[Mapping[Layout, Callable[[Path], bool]]] = {
    Layout.DIFFUSERS: lambda path: (path / INDEX).is_file(),
    Layout.HUGGING_FACE: hugging_face.is_cache,
    Layout.INVOKEAI: invokeai.is_invokeai,
    Layout.A1111: a1111.is_a1111,
    Layout.COMFYUI: comfyui.is_comfyui,
}
_ROOTS: Final[Mapping[Layout, Callable[[Path], tuple[Root, ...]]]] = {
    Layout.HUGGING_FACE: hugging_face.roots,
    Layout.INVOKEAI: invokeai.roots,
    Layout.A1111: a1111.roots,
    Layout.COMFYUI: comfyui.roots,
}
