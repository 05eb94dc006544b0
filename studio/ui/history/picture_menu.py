"""What a right click on a picture of the gallery offers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtGui import QAction, QGuiApplication
from PySide6.QtWidgets import QMenu, QWidget

from studio.library import Picture
from studio.ui.actions import Action, fill_menu, make
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.history.inspector import settings_text
from studio.ui.session import Session


class PictureMenu(QMenu):
    """`picture` is the one that was clicked; stars, tags, collections and the trash are for all
    `pictures` selected with it, or for `count` of which not all are here yet.

    `on_all` calls what it is given with all of them; `edit_tags` opens the editor; `export` asks
    how; `more` is offered besides; `collection` is the one on show, "" if none is.
    """

    def __init__(
        self,
        session: Session,
        picture: Picture,
        count: int,
        *,
        on_all: Callable[[Callable[[Sequence[Picture]], object]], None],
        edit_tags: Callable[[], None],
        export: Callable[[Picture], None],
        more: Sequence[Action],
        collection: str,
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self._on_all = on_all
        history, marks = session.history, session.marks
        clipboard = QGuiApplication.clipboard()
        many = f" {count:,} pictures" if count > 1 else ""
        fill_menu(
            self,
            self,
            [
                Action("Show", lambda: history.show(picture), icon="eye"),
                Action("Use its settings", lambda: history.use_settings(picture), icon="undo-2"),
                Action(
                    "Start from this picture",
                    lambda: session.start_picture.from_file(picture.path),
                    icon="image-plus",
                ),
                Action("Use as control", lambda: session.guides.add_picture(picture), icon="frame"),
                Action(
                    "Use as reference",
                    lambda: session.guides.add_picture(picture, reference=True),
                ),
                Action(
                    "Show what looks like it",
                    lambda: session.similarity.show(picture),
                    icon="images",
                ),
                None,
                Action(
                    "Upscale 2×", lambda: session.upscaling.upscale(picture, 2), icon="maximize"
                ),
                Action("Upscale 4×", lambda: session.upscaling.upscale(picture, 4)),
                Action("Upscale with refinement 2×", lambda: session.upscaling.refine(picture, 2)),
                Action("Upscale with refinement 4×", lambda: session.upscaling.refine(picture, 4)),
                None,
            ],
        )
        self._add_stars(picture, count)
        fill_menu(self, self, [Action("Tags…", edit_tags, icon="tag")])
        self._add_collections()
        if collection:
            text = f"Remove{many} from “{collection}”".replace("&", "&&")
            take_out = partial(marks.take_out, collection)
            fill_menu(self, self, [Action(text, lambda: on_all(take_out))])
        fill_menu(
            self,
            self,
            [
                *([None, *more] if more else []),
                None,
                Action("Export…", lambda: export(picture), icon="download"),
                Action(
                    "Show in file manager",
                    lambda: show_in_file_manager(picture.path),
                    icon="folder-open",
                ),
                None,
                Action(
                    "Copy prompt", lambda: clipboard.setText(picture.settings.prompt), icon="copy"
                ),
                _enabled(
                    Action("Copy seed", lambda: clipboard.setText(str(picture.seed))),
                    self,
                    is_enabled=picture.seed is not None,
                ),
                Action("Copy settings", lambda: clipboard.setText(settings_text(picture))),
                None,
                Action(
                    f"Move{many} to trash", lambda: on_all(history.move_to_trash), icon="trash-2"
                ),
            ],
        )

    def _add_stars(self, picture: Picture, count: int) -> None:
        menu = self.addMenu("Stars")
        for stars in range(5, -1, -1):
            text = "★" * stars if stars else "None"
            # The key is the view's; here it is only shown.
            action = QAction(f"{text}\t{stars}", menu, checkable=True)
            action.setChecked(count == 1 and picture.rating == stars)
            action.triggered.connect(
                lambda _checked, stars=stars: self._on_all(
                    partial(self._session.marks.rate, rating=stars)
                )
            )
            menu.addAction(action)

    def _add_collections(self) -> None:
        marks = self._session.marks
        menu = self.addMenu("Add to collection")
        for collection in marks.collections:
            action = menu.addAction(collection.name.replace("&", "&&"))
            action.triggered.connect(
                lambda _checked, name=collection.name: self._on_all(partial(marks.collect, name))
            )
        if marks.collections:
            menu.addSeparator()
        new = menu.addAction("New collection")
        new.triggered.connect(
            lambda _checked: self._on_all(partial(marks.collect, marks.unused_name()))
        )


def _enabled(action: Action, menu: QMenu, *, is_enabled: bool) -> QAction:
    made = make(action, menu)
    made.setEnabled(is_enabled)
    return made
