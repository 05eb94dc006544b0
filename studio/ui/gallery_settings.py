"""How the history is shown, as the window remembers it between two starts."""

from __future__ import annotations

import json

from studio.library.index.outline import Grouping
from studio.ui.history.gallery_footer import GalleryFooter
from studio.ui.session import Session
from studio.ui.settings import as_record


def gallery_to_json(session: Session, footer: GalleryFooter) -> str:
    """The size of the pictures, their groups, what is unfolded, and whether applied ones get a
    star."""
    return json.dumps(
        {
            "size_px": footer.slider.value(),
            "grouping": session.gallery.grouping.value,
            "collections": footer.collections.isChecked(),
            "details": footer.details.isChecked(),
            "stars_applied": session.marks.stars_applied,
        }
    )


def restore_gallery(session: Session, footer: GalleryFooter, text: str) -> None:
    """Take over what `gallery_to_json` wrote; whatever can't be read stays as it is."""
    record = as_record(text)
    if isinstance(size_px := record.get("size_px"), int):
        footer.slider.setValue(max(footer.slider.minimum(), min(size_px, footer.slider.maximum())))
    if record.get("grouping") in list(Grouping):
        session.gallery.group(Grouping(record["grouping"]))
    for name, button in (("collections", footer.collections), ("details", footer.details)):
        if isinstance(is_open := record.get(name), bool):
            button.setChecked(is_open)
    if isinstance(stars_applied := record.get("stars_applied"), bool):
        session.marks.stars_applied = stars_applied
