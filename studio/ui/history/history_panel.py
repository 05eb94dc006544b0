"""The history pane: everything that was made, how to find it, and what can be done with it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import QEvent, QPoint, Qt, Signal
from PySide6.QtGui import QKeyEvent, QKeySequence, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QBoxLayout, QLabel, QPushButton, QStackedWidget, QVBoxLayout, QWidget

from studio.domain.errors import StudioError
from studio.library import Picture
from studio.library.query import Field, Filter, parse
from studio.ui import theme
from studio.ui.actions import Action
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label
from studio.ui.controls.tasks import Tasks
from studio.ui.history.collections_list import ROW_PX, CollectionsList
from studio.ui.history.gallery_footer import GalleryFooter
from studio.ui.history.gallery_model import GalleryModel
from studio.ui.history.gallery_view import USUAL_PX, GalleryView
from studio.ui.history.import_drops import ImportDrops
from studio.ui.history.inspector import HEIGHT_PX, Inspector
from studio.ui.history.looking_bar import LookingBar
from studio.ui.history.picture_menu import PictureMenu
from studio.ui.history.saved_searches_menu import saved_searches_button
from studio.ui.history.search_completion import SearchCompletion
from studio.ui.history.search_field import SearchField
from studio.ui.history.tag_editor import TagEditor
from studio.ui.session import Session

_EMPTY: Final = "Every picture you make is kept here.\n\nWrite a prompt and press Ctrl+Enter."
_NOTHING_FOUND: Final = "Nothing fits “{}”.\n\nTry fewer words, or take a filter away."
_MINIMUM_WIDTH: Final = 220
_WIDE_PX: Final = 560
_BESIDE_PX: Final = 180
QWIDGETSIZE_MAX: Final = 16_777_215


class HistoryPanel(QWidget):
    """A click shows a picture, a double click takes its settings, 0 to 5 give stars, T tags,
    Delete moves to the trash, Ctrl+Z brings back.

    `more_for` names what else a picture's menu is to offer.
    """

    export_requested = Signal(Picture)

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.more_for: Callable[[Picture], Sequence[Action]] = lambda _picture: ()
        self.setMinimumWidth(_MINIMUM_WIDTH)
        # Opaque: what is repainted here lets everything behind it be.
        self.setAutoFillBackground(True)
        self._model = GalleryModel(session.gallery, session.messages.tell, self)
        self._view = GalleryView(self._model, session.library)
        self._search = SearchField()
        self._completion = SearchCompletion(self._search.line, session)
        self._search.add_button(saved_searches_button(session, self.show_search))
        self._collections = CollectionsList(session)
        self._inspector = Inspector()
        self._looking = LookingBar(session)
        self._footer = GalleryFooter(session)
        self._empty, self._empty_text, self._show_all = self._make_empty()
        self._tasks = Tasks(self)
        self._lay_out()
        self.setFocusProxy(self._view)
        self._connect()
        ImportDrops(self, session.importing)
        self._footer.slider.setValue(USUAL_PX)
        self._on_current_changed()
        self._on_rows_changed()

    def _make_empty(self) -> tuple[QWidget, QLabel, QPushButton]:
        empty = QWidget()
        text = plain_label(_EMPTY)
        text.setObjectName("EmptyHistory")
        text.setAlignment(Qt.AlignmentFlag.AlignCenter)
        text.setWordWrap(True)
        show_all = QPushButton("Show all pictures")
        show_all.clicked.connect(self._search.clear)
        column = QVBoxLayout(empty)
        column.addStretch(1)
        column.addWidget(text)
        column.addWidget(show_all, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        return empty, text, show_all

    def _lay_out(self) -> None:
        self._stack = QStackedWidget()
        self._stack.addWidget(self._view)
        self._stack.addWidget(self._empty)
        self._middle = QBoxLayout(QBoxLayout.Direction.TopToBottom)
        self._middle.setSpacing(theme.SPACE_XS)
        self._middle.addWidget(self._collections)
        self._middle.addWidget(self._stack, 1)
        self._collections.hide()
        self._inspector.hide()
        above = QVBoxLayout()
        above.setContentsMargins(theme.SPACE_S, theme.SPACE_XS, theme.SPACE_S, 0)
        above.addWidget(self._search)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, theme.SPACE_XS)
        column.setSpacing(theme.SPACE_XS)
        column.addLayout(above)
        column.addLayout(self._middle, 1)
        column.addWidget(self._inspector)
        column.addWidget(self._looking)
        column.addWidget(self._footer)

    def _connect(self) -> None:
        session, view = self._session, self._view
        view.show_wanted.connect(self._on_show_wanted)
        view.restore_wanted.connect(session.history.use_settings)
        view.delete_wanted.connect(lambda: self.with_selected(session.history.move_to_trash))
        view.rate_wanted.connect(self._on_rate_wanted)
        view.tag_wanted.connect(self.edit_tags)
        view.menu_wanted.connect(self._on_menu_wanted)
        view.zoom_wanted.connect(self._footer.zoom)
        view.escape_pressed.connect(self._on_escape)
        view.selectionModel().currentChanged.connect(self._on_looked_at)
        self._model.dataChanged.connect(self._on_looked_at)
        self._search.asked.connect(session.gallery.search)
        self._search.left.connect(self._on_search_left)
        self._collections.chosen.connect(self.show_collection)
        self._collections.dropped.connect(
            lambda name: self.with_selected(lambda found: session.marks.collect(name, found))
        )
        self._footer.size_changed.connect(view.set_thumbnail_px)
        self._footer.collections.toggled.connect(self._collections.setVisible)
        self._footer.details.toggled.connect(self._inspector.setVisible)
        self._bindings = Bindings(self)
        self._bindings.add(session.shown.picture_changed, self._on_current_changed)
        self._bindings.add(session.marks.collections_changed, self._fit_collections)
        gallery = session.gallery
        self._bindings.add(gallery.asked, self._on_asked)
        for signal in (gallery.replaced, gallery.completed, gallery.moved):
            self._bindings.add(signal, self._on_rows_changed)

    @property
    def view(self) -> GalleryView:
        return self._view

    @property
    def model(self) -> GalleryModel:
        return self._model

    @property
    def search(self) -> SearchField:
        return self._search

    @property
    def collections(self) -> CollectionsList:
        return self._collections

    @property
    def inspector(self) -> Inspector:
        return self._inspector

    @property
    def footer(self) -> GalleryFooter:
        return self._footer

    def is_busy(self) -> bool:
        """Whether pictures or thumbnails are still to come."""
        is_known = self._session.gallery.is_complete
        return not is_known or self._model.is_busy() or self._view.is_busy()

    # What others may do

    def begin_search(self) -> None:
        """Put the cursor into the search field."""
        self._search.start()

    def edit_tags(self) -> None:
        """Open the tag editor for what is selected."""
        self.with_selected(self._open_tags)

    def show_search(self, text: str) -> None:
        """Show what a search finds."""
        self._search.set_text(text)
        self._session.gallery.search(self._search.text())

    def show_collection(self, name: str) -> None:
        """Show a collection, whatever else is searched for; "" shows all pictures."""
        kept = [
            str(part)
            for group in parse(self._search.text()).groups
            for part in group
            if not (isinstance(part, Filter) and part.field is Field.IN)
        ]
        quoted = name.replace('"', '""')
        chosen = [f'{Field.IN}:"{quoted}"'] if name else []
        self.show_search(" ".join([*chosen, *kept]))

    def selected(self) -> list[Picture]:
        """The selected pictures that are here, newest first."""
        rows = (row for first, last in self._view.selected_rows() for row in range(first, last + 1))
        return [picture for row in rows if (picture := self._model.peek(row)) is not None]

    def with_selected(self, do: Callable[[Sequence[Picture]], object]) -> None:
        """Call `do` with all selected pictures, once those are read that aren't here yet."""
        count = self._selected_count()
        if len(here := self.selected()) == count:
            if count:
                do(here)
        else:
            self._tasks.start(self._with_all_selected(do))

    def menu_for(self, picture: Picture) -> PictureMenu:
        """What can be done with a picture, and with all that are selected with it."""
        is_selected = picture in self.selected()

        def on_all(do: Callable[[Sequence[Picture]], object]) -> None:
            if is_selected:
                self.with_selected(do)
            else:
                do([picture])

        return PictureMenu(
            self._session,
            picture,
            self._selected_count() if is_selected else 1,
            on_all=on_all,
            edit_tags=lambda: on_all(self._open_tags),
            export=self.export_requested.emit,
            more=self.more_for(picture),
            collection=self._collection(),
            parent=self,
        )

    async def _with_all_selected(self, do: Callable[[Sequence[Picture]], object]) -> None:
        try:
            do(await self._model.read(self._view.selected_rows))
        except StudioError as error:
            self._session.messages.tell(error)

    def _selected_count(self) -> int:
        return sum(last - first + 1 for first, last in self._view.selected_rows())

    def _collection(self) -> str:
        """The one collection that is searched for; "" if it isn't one."""
        names = [
            part.text
            for group in parse(self._session.gallery.text).groups
            for part in group
            if isinstance(part, Filter) and part.field is Field.IN and not part.negated
        ]
        return names[0] if len(names) == 1 else ""

    def _open_tags(self, pictures: Sequence[Picture]) -> None:
        editor = TagEditor(self._session, pictures, self)
        rect = self._view.visualRect(self._view.currentIndex())
        editor.open_at(self._view.viewport().mapToGlobal(rect.bottomLeft()))

    # Slots

    def _on_show_wanted(self, picture: Picture) -> None:
        if picture != self._session.shown.picture:
            self._session.history.show(picture)

    def _on_rate_wanted(self, rating: int, picture: Picture | None) -> None:
        marks = self._session.marks
        if picture is None:
            self.with_selected(lambda pictures: marks.rate(pictures, rating))
        else:
            marks.rate([picture], rating)

    def _on_menu_wanted(self, picture: Picture, place: QPoint) -> None:
        menu = self.menu_for(picture)
        menu.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        menu.popup(place)

    def _on_escape(self) -> None:
        if self._session.gallery.is_filtered:
            self._search.clear()

    def _on_search_left(self) -> None:
        self._view.setFocus()
        if not self._view.currentIndex().isValid() and self._model.rowCount():
            self._view.select_row(0)

    def _on_asked(self) -> None:
        self._search.set_text(self._session.gallery.text)
        self._collections.mark(self._collection())

    def _on_rows_changed(self, *_change: object) -> None:
        gallery = self._session.gallery
        is_empty = not gallery.count and gallery.is_complete
        if is_empty:
            text = gallery.text.strip()
            self._empty_text.setText(_NOTHING_FOUND.format(text) if text else _EMPTY)
            self._show_all.setVisible(bool(text))
        self._stack.setCurrentWidget(self._empty if is_empty else self._view)
        self._on_looked_at()

    def _on_current_changed(self) -> None:
        self._view.mark_on_canvas(self._session.shown.picture)
        self._on_looked_at()

    def _on_looked_at(self, *_change: object) -> None:
        """The details are of the picture that the keys are on, else of the one on the canvas."""
        picture = self._view.current_picture() or self._session.shown.picture
        self._inspector.show_picture(picture)

    # Events

    def event(self, event: QEvent) -> bool:
        # Undo is the canvas's elsewhere; here it brings back what went to the trash.
        if isinstance(event, QKeyEvent) and event.matches(QKeySequence.StandardKey.Undo):
            history = self._session.history
            if event.type() is QEvent.Type.ShortcutOverride and history.can_undo:
                event.accept()
                return True
        return super().event(event)

    def keyPressEvent(self, event: QKeyEvent) -> None:  # noqa: N802 - Qt's name
        history = self._session.history
        if event.matches(QKeySequence.StandardKey.Undo) and history.can_undo:
            history.undo()
        else:
            super().keyPressEvent(event)

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._session.gallery.open()
        self._session.marks.refresh()

    def resizeEvent(self, event: QResizeEvent) -> None:  # noqa: N802 - Qt's name
        super().resizeEvent(event)
        is_wide = event.size().width() >= _WIDE_PX
        direction = QBoxLayout.Direction
        self._middle.setDirection(direction.LeftToRight if is_wide else direction.TopToBottom)
        self._fit_collections()
        # The pictures have most of the room.
        self._inspector.setFixedHeight(min(HEIGHT_PX, event.size().height() // 4))

    def _fit_collections(self) -> None:
        """Beside the pictures as high as they, above them as high as needed and as there is room
        for."""
        is_beside = self._middle.direction() is QBoxLayout.Direction.LeftToRight
        above = min(self._collections.sizeHint().height(), max(ROW_PX, self.height() // 4))
        self._collections.setMaximumHeight(QWIDGETSIZE_MAX if is_beside else above)
        self._collections.setMinimumWidth(_BESIDE_PX if is_beside else 0)
        self._collections.setMaximumWidth(_BESIDE_PX if is_beside else QWIDGETSIZE_MAX)
