"""The box of the document that the model sees when it paints under the mask."""

from __future__ import annotations

from studio.document import Content
from studio.document.edits import set_working_area
from studio.document.inpainting import automatic_area
from studio.domain.geometry import Box
from studio.ui.session.drafting.draft import Draft
from studio.ui.session.painting.editing import Editing
from studio.ui.session.painting.inpainting import Inpainting


class WorkingAreaChoice:
    """Chosen by the artist, or by the studio from the mask. Choosing is one step of undo; without a
    document on the canvas nothing happens."""

    def __init__(self, editing: Editing, inpainting: Inpainting, draft: Draft) -> None:
        self._editing = editing
        self._inpainting = inpainting
        self._draft = draft
        self._known: tuple[tuple[object, ...], Box | None] = ((), None)

    @property
    def box(self) -> Box | None:
        """What the model will see; None without a mask and a choice, or if each island of the mask
        has a box of its own."""
        content = self._content
        if content is None:
            return None
        return content.working_area or self.automatic

    @property
    def automatic(self) -> Box | None:
        """What the studio chooses as long as the artist doesn't."""
        content, wishes = self._content, self._inpainting.prepared_wishes
        if content is None or wishes.separately:
            return None
        model = self._draft.model
        key = (content.mask, content.size, wishes, model)
        if key != self._known[0]:
            mask = content.mask.bounds().box(content.size)
            area = None if mask is None else automatic_area(mask, content.size, model, wishes)
            self._known = key, None if area is None else area.boxes[0]
        return self._known[1]

    def choose(self, box: Box | None) -> None:
        """The model is to see that; None for what the studio chooses."""
        document = self._editing.document
        if document is not None and self._editing.is_on_canvas:
            document.log.end_merging()
            document.do(set_working_area(document.content, box))

    def fit(self) -> None:
        """Keep the box around the mask as it is now, whatever becomes of the mask."""
        if self._content is not None:
            self.choose(self.automatic)

    def reset(self) -> None:
        """Let the studio choose again."""
        self.choose(None)

    @property
    def _content(self) -> Content | None:
        document = self._editing.document
        return document.content if document is not None and self._editing.is_on_canvas else None
