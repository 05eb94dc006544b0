"""The models on this disk: the list at the left, the chosen one's page at the right."""

from __future__ import annotations

from functools import partial
from typing import Final

from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QMenu, QSplitter, QVBoxLayout, QWidget

from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import ModelInfo
from studio.ui import theme
from studio.ui.actions import Action, fill_menu
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.models.card_page import CardPage
from studio.ui.models.filter_bar import CARDS, FilterBar
from studio.ui.models.models_view import ModelsView
from studio.ui.models.previews import Previews
from studio.ui.session import Notice, Session
from studio.ui.session.models.model_marks import Info
from studio.ui.session.models.models import draws_alone

_CARD_WIDTH: Final = 340
_LIST_WIDTH: Final = 620
_REFINER: Final = (
    "A refiner takes the last steps of another model: choose it under “LoRAs and VAE”."
)


class ModelsPage(QWidget):
    """What can be done with a model is here once, for the list, its menu and the page."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.previews = Previews(session.model_files, self)
        self.bar = FilterBar(session)
        self.view = ModelsView(session, self.previews)
        self.card = CardPage(session, self.previews)
        self.says = plain_label(role="small")
        self.splitter = QSplitter(Qt.Orientation.Horizontal)
        self._lay_out()

        self.bar.wished.connect(self.view.models.set_wish)
        self.bar.view_chosen.connect(lambda shown: self.view.show_cards(shown == CARDS))
        self.bar.left.connect(self.view.setFocus)
        self.view.current_changed.connect(self.card.show_model)
        self.view.menu_wanted.connect(self._on_menu_wanted)
        self.view.models.modelReset.connect(self._count)
        for part in (self.view, self.card):
            part.use_wanted.connect(self.use)
            part.trash_wanted.connect(self.move_to_trash)
        self._bindings = Bindings(self)
        self._bindings.add(session.model_files.scanning_changed, self._on_scanning_changed)
        self._count()
        self.view.choose(session.draft.model)

    # What the artist does

    def use(self, info: Info | None) -> None:
        """Draw with a model, or say where it is chosen; put what goes with one into the prompt."""
        models = self._session.models
        if isinstance(info, ModelInfo):
            if draws_alone(info):
                models.use(info)
            else:
                self._session.messages.notice.emit(Notice(_REFINER, is_error=False))
        elif info is not None:
            models.add_to_prompt(info)

    def move_to_trash(self, info: Info | None) -> None:
        """Move one of the studio's own models to the trash; of others it is said why not."""
        if info is not None:
            self._session.model_files.move_to_trash(info)

    def menu_for(self, info: Info) -> QMenu:
        """What can be done with a model."""
        models, files = self._session.models, self._session.model_files
        entries: list[Action | None] = []
        if draws_alone(info):
            entries.append(Action("Use this model", partial(self.use, info), icon="check"))
        elif isinstance(info, AddonInfo) and info.kind in (AddonKind.LORA, AddonKind.EMBEDDING):
            entries.append(Action("Add to the prompt", partial(self.use, info), icon="plus"))
        if isinstance(info, AddonInfo) and info.trigger_words:
            words = ", ".join(info.trigger_words)
            entries.append(
                Action("Add its trigger words", partial(models.add_words, words), icon="tag")
            )
        is_favourite = models.marks.is_favourite(info)
        entries += [
            Action(
                "No longer a favourite" if is_favourite else "Favourite",
                partial(models.set_favourite, info, not is_favourite),
                icon="star",
            ),
            None,
            Action(
                "Show in the file manager",
                partial(show_in_file_manager, info.path),
                icon="folder-open",
            ),
        ]
        if not files.why_it_stays(info):
            entries += [
                None,
                Action("Move to trash", partial(self.move_to_trash, info), (), "trash-2"),
            ]
        menu = QMenu(self)
        fill_menu(menu, menu, entries)
        return menu

    def focus_search(self) -> None:
        """Put the cursor into the search."""
        self.bar.search.setFocus()
        self.bar.search.selectAll()

    def _lay_out(self) -> None:
        left = QWidget()
        column = QVBoxLayout(left)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_S, theme.SPACE_S)
        column.setSpacing(theme.SPACE_S)
        column.addWidget(self.bar)
        column.addWidget(self.view, 1)
        column.addWidget(self.says)
        self.splitter.addWidget(left)
        self.splitter.addWidget(self.card)
        self.splitter.setChildrenCollapsible(False)
        self.splitter.setStretchFactor(0, 1)
        self.splitter.setSizes([_LIST_WIDTH, _CARD_WIDTH])
        self.card.setMinimumWidth(_CARD_WIDTH * 3 // 4)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.addWidget(self.splitter)

    def _count(self) -> None:
        shown, there = self.view.models.rowCount(), len(self._session.models.all())
        what = "1 file" if there == 1 else f"{there:,} files"
        self.says.setText(what if shown == there else f"{shown:,} of {what}")

    def _on_scanning_changed(self) -> None:
        if not self._session.model_files.is_scanning:
            self.previews.look_again()

    def _on_menu_wanted(self, info: Info, place: QPoint) -> None:
        menu = self.menu_for(info)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)
