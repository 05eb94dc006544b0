"""What a person can do with the mask of the document on the canvas as a whole."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from studio.document import Content, Document, Edit
from studio.document.edits import (
    clear_mask,
    feather_mask,
    fill_mask,
    grow_mask,
    invert_mask,
    mask_from_alpha,
    mask_from_luminance,
    set_mask,
    shrink_mask,
)
from studio.document.rendering.composite import flatten
from studio.document.selection.similar import colour_range
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.tools import Colour, MaskView, Tools

MakeEdit = Callable[[Content], Edit]


class Masking:
    """Each is one step of undo. Without a document on the canvas nothing happens."""

    def __init__(self, editing: Editing, tools: Tools) -> None:
        self._editing = editing
        self._tools = tools
        self._last_view = MaskView.OVERLAY

    @property
    def document(self) -> Document | None:
        """The document, while the canvas shows it."""
        return self._editing.document if self._editing.is_on_canvas else None

    def do(self, make: MakeEdit) -> None:
        """Make an edit of what the document is now."""
        if self.document is not None:
            self.document.do(make(self.document.content))

    def select_all(self) -> None:
        """All of the picture is masked."""
        self.do(fill_mask)

    def clear(self) -> None:
        """Nothing is masked."""
        self.do(clear_mask)

    def invert(self) -> None:
        """What was masked isn't, and the other way round."""
        self.do(invert_mask)

    def from_alpha(self) -> None:
        """What the active layer covers."""
        self._from_active(mask_from_alpha)

    def from_luminance(self) -> None:
        """What is light in the active layer."""
        self._from_active(mask_from_luminance)

    def toggle_view(self) -> None:
        """Hide the mask, or show it as it was shown before."""
        if self._tools.mask_view is MaskView.HIDDEN:
            self._tools.mask_view = self._last_view
        else:
            self._last_view = self._tools.mask_view
            self._tools.mask_view = MaskView.HIDDEN

    def _from_active(self, make: Callable[[Content, str], Edit]) -> None:
        if self.document is not None and (active := self.document.content.active) is not None:
            self.document.do(make(self.document.content, active.id))


def grown(radius_px: int) -> MakeEdit:
    """The mask larger on all sides."""
    return partial(grow_mask, radius_px=radius_px)


def shrunk(radius_px: int) -> MakeEdit:
    """The mask smaller on all sides."""
    return partial(shrink_mask, radius_px=radius_px)


def feathered(width_px: int) -> MakeEdit:
    """The mask with a soft edge."""
    return partial(feather_mask, width_px=width_px)


def of_colour(colour: Colour, tolerance: float, softness: float) -> MakeEdit:
    """All that looks like `colour` in what is seen of the whole picture."""

    def make(content: Content) -> Edit:
        mask = colour_range(flatten(content)[..., :3], [colour], tolerance, softness)
        return set_mask(content, mask, "Colour range")

    return make
