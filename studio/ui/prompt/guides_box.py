"""Pictures that the next ones follow, folded until they are wanted."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from PySide6.QtCore import QPoint, QTimer
from PySide6.QtGui import QImage
from PySide6.QtWidgets import QFileDialog, QMenu, QPushButton, QVBoxLayout, QWidget

from studio.catalog.guided_families import has_networks
from studio.document import Document
from studio.document.control_maps import is_without_network
from studio.domain.addons import AddonInfo
from studio.domain.control import Control, Preprocessor
from studio.domain.errors import StudioError
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.drops import PICTURE_SUFFIXES, DropFilter, DropHint
from studio.ui.canvas.picture_image import as_pixels
from studio.ui.controls.collapsible_section import CollapsibleSection
from studio.ui.controls.fields import row, say, sentence_label
from studio.ui.controls.tasks import Tasks
from studio.ui.icons import icon
from studio.ui.prompt.guide_row import GuideRow
from studio.ui.session import Session
from studio.ui.session.drafting.guide import Guide
from studio.ui.style.window_drags import WindowDrags

_TITLE: Final = "Guides"
_TARGET: Final = "Guides: drop it here"
_EMPTY: Final = (
    "Pictures that the next ones follow: a control gives them its lines, shapes or depth, a "
    "reference its looks. Drop pictures here."
)
_NONE_HERE: Final = "That takes a ControlNet or an IP-Adapter for this model; there is none yet."
_NONE_ANYWHERE: Final = (
    "There is no ControlNet and no IP-Adapter for this model: choose one of Stable Diffusion, "
    "XL, FLUX.1 or Qwen-Image for that."
)
_ADD_REFERENCE: Final = "Add a picture that the next ones are to look like"
# As long as somebody draws or resizes, thumbnails wait.
_REST_MS: Final = 250
_HINT_HEIGHT: Final = 110


class GuidesBox(CollapsibleSection):
    """Bound to the draft both ways. Takes pictures that are dropped on it, folded or not."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        content = QWidget()
        super().__init__(_TITLE, content, parent)
        self._session = session
        self._draft = session.draft
        self._guides = session.guides
        self.rows: list[GuideRow] = []
        self._built: list[tuple[object, ...]] = []
        self._seen: dict[GuideRow, tuple[object, ...]] = {}
        self._looking: dict[GuideRow, asyncio.Task[None]] = {}
        self._document: Document | None = None
        self._tasks = Tasks(self)
        self._rest = QTimer(self, singleShot=True, interval=_REST_MS)
        self._rest.timeout.connect(self._see)
        self.says = sentence_label("small")
        self.get = QPushButton("Get one…")
        self.get.setToolTip("Open the models window's downloads")
        theme.set_role(self.get, "link")
        self.add_control = _add_button("Control")
        self.add_control.setToolTip(
            "Add a picture that gives the next ones its lines, shapes or depth"
        )
        self.add_reference = _add_button("Reference")
        self.add_reference.setToolTip(_ADD_REFERENCE)
        self._lay_out(content)
        self._hint = DropHint(self, "Guide by it")
        self.heading.setToolTip("Pictures that the next ones follow: controls and references")

        self.get.clicked.connect(self._on_get)
        self.add_control.clicked.connect(self._on_add_control)
        self.add_reference.clicked.connect(self._on_add_reference)
        self._drops = DropFilter(self)
        self._drops.watch(self)
        self._drops.dropped.connect(self._on_dropped)
        self._drags = WindowDrags(self)
        self._drags.changed.connect(self._show_target)
        self.watch_drags_of(self)
        events = session.draft.events
        self._bindings = Bindings(self)
        self._bindings.add(events.guides, self._on_guides_changed)
        self._bindings.add(events.model, self._show)
        self._bindings.add(events.size, self._see_later)
        self._bindings.add(session.models.changed, self._show)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._on_document_changed()
        self._show()

    def watch_drags_of(self, *widgets: QWidget) -> None:
        """Show that pictures can be dropped here while one is dragged over these."""
        for widget in widgets:
            self._drags.watch(widget)

    def _lay_out(self, content: QWidget) -> None:
        self._column = QVBoxLayout()
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_S)
        layout = QVBoxLayout(content)
        layout.setContentsMargins(0, theme.SPACE_XS, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(self._column)
        layout.addWidget(self.says)
        layout.addWidget(self.get)
        layout.addLayout(row(self.add_control, self.add_reference))

    # What there is

    def _show(self) -> None:
        guides = self._draft.guides
        controls, adapters = self._guides.controls(), self._guides.adapters()
        lacking = self._guides.lacking()
        built = [
            (guide, controls if isinstance(guide.wish, Control) else adapters) for guide in guides
        ]
        if [(type(guide.wish), these, lacking) for guide, these in built] != self._built:
            self._build(built, lacking)
        for shown, guide in zip(self.rows, guides, strict=True):
            self._show_guide(shown, guide)
        self._name()
        why_not = self._guides.why_not
        is_possible = bool(controls or adapters)
        can_get = not is_possible and has_networks(self._session.draft.model)
        why_none = _NONE_HERE if can_get else _NONE_ANYWHERE
        empty = _EMPTY if is_possible else f"{_EMPTY} {why_none}"
        say(self.says, "" if guides else why_not or empty)
        self.get.setVisible(can_get and not (guides or why_not))
        for button in (self.add_control, self.add_reference):
            button.setVisible(not why_not and is_possible)
        why_no_reference = self._guides.why_no_reference
        self.add_reference.setEnabled(not why_no_reference)
        self.add_reference.setToolTip(why_no_reference or _ADD_REFERENCE)
        self._see()

    def _show_guide(self, shown: GuideRow, guide: Guide) -> None:
        named = replace(guide, name=self._guides.title(guide))
        shown.show_guide(
            named,
            self._guides.trouble(guide),
            self._guides.hint(guide),
            lacks_annotator=self._guides.lacks_annotator(guide),
        )

    def _build(
        self,
        built: list[tuple[Guide, tuple[AddonInfo, ...]]],
        lacking: Mapping[Preprocessor, str],
    ) -> None:
        for looking in self._looking.values():
            looking.cancel()
        self._looking.clear()
        for old in self.rows:
            self._column.removeWidget(old)
            old.hide()
            old.deleteLater()
        self.rows = []
        self._seen.clear()
        self._built = [(type(guide.wish), networks, lacking) for guide, networks in built]
        for number, (guide, networks) in enumerate(built):
            made = GuideRow(guide, networks, lacking)
            made.changed.connect(partial(self._on_changed, number))
            made.removed.connect(partial(self._guides.remove, number))
            made.annotator_wanted.connect(self._guides.annotators_wanted.emit)
            self._column.addWidget(made)
            self.rows.append(made)

    def _name(self) -> None:
        count = len(self._draft.guides)
        self.set_title(f"{_TITLE} · {count} in use" if count else _TITLE)

    # What the networks see

    def _see(self) -> None:
        for shown, guide in zip(self.rows, self._draft.guides, strict=True):
            wish, source = guide.wish, guide.source
            made = wish.preprocessor if isinstance(wish, Control) else None
            layer = None if source is None else source.now
            looks_like = (wish.picture, made, self._draft.size, layer)
            if self._seen.get(shown) != looks_like:
                self._seen[shown] = looks_like
                if (before := self._looking.get(shown)) is not None:
                    before.cancel()
                if made is not None and not is_without_network(made):
                    shown.show_looking()
                self._looking[shown] = self._tasks.start(self._look(shown, guide))

    async def _look(self, shown: GuideRow, guide: Guide) -> None:
        try:
            shown.show_pixels(await self._guides.seen(guide))
        except StudioError as error:
            shown.show_pixels(None, str(error))

    def _see_later(self) -> None:
        self._rest.start()

    # Adding

    def control_menu(self) -> QMenu:
        """Where a control's picture can come from."""
        layer = self._session.layers.active
        name = "" if layer is None else f" “{layer.name}”".replace("&", "&&")
        menu = self._menu(reference=False)
        of_layer = menu.addAction(icon("layers"), f"The layer{name}", self._guides.add_layer)
        of_layer.setEnabled(layer is not None)
        return menu

    def reference_menu(self) -> QMenu:
        """Where a reference's picture can come from."""
        return self._menu(reference=True)

    def drop_menu(self, picture: Path | QImage) -> QMenu:
        """What a picture that was dropped can be."""
        menu = QMenu(self)
        menu.addAction("Control", partial(self._take, picture, reference=False))
        menu.addAction("Reference", partial(self._take, picture, reference=True))
        return menu

    def _menu(self, *, reference: bool) -> QMenu:
        menu = QMenu(self)
        choose = partial(self._choose_file, reference=reference)
        menu.addAction(icon("folder-open"), "A file…", choose)
        of_canvas = partial(self._guides.add_canvas, reference=reference)
        menu.addAction(icon("image"), "What is on the canvas", of_canvas)
        return menu

    def _choose_file(self, *, reference: bool) -> None:
        patterns = " ".join(f"*{suffix}" for suffix in sorted(PICTURE_SUFFIXES))
        title = "Add a reference" if reference else "Add a control"
        name, _ = QFileDialog.getOpenFileName(self, title, "", f"Pictures ({patterns})")
        if name:
            self._take(Path(name), reference=reference)

    def _take(self, picture: Path | QImage, *, reference: bool) -> None:
        if isinstance(picture, Path):
            self._guides.add(picture, picture.name, reference=reference)
        else:
            self._guides.add(as_pixels(picture), "Dropped picture", reference=reference)

    # Slots

    def _on_guides_changed(self) -> None:
        if len(self._draft.guides) > len(self.rows):
            self.set_open(True)
        self._show()

    def _on_changed(self, number: int, values: dict[str, object]) -> None:
        if "model" in values:
            # Another network was trained on other maps.
            guide = self._draft.guides[number]
            if isinstance(guide.wish, Control):
                values["preprocessor"] = self._guides.preprocessor_for(str(values["model"]))
        self._guides.change(number, **values)

    def _on_get(self) -> None:
        self._guides.downloads_wanted.emit()

    def _on_add_control(self) -> None:
        _open_below(self.control_menu(), self.add_control)

    def _on_add_reference(self) -> None:
        _open_below(self.reference_menu(), self.add_reference)

    def _on_dropped(self, picture: Path | QImage, at: QPoint) -> None:
        _open(self.drop_menu(picture), at)

    def _on_document_changed(self) -> None:
        document = self._session.editing.document
        if self._document is not None:
            self._bindings.remove(self._document.edited, self._on_edited)
        self._document = document
        if document is not None:
            self._bindings.add(document.edited, self._on_edited)

    def _on_edited(self) -> None:
        if any(guide.source is not None for guide in self._draft.guides):
            for shown, guide in zip(self.rows, self._draft.guides, strict=True):
                self._show_guide(shown, guide)
            self._see_later()

    def _show_target(self, is_target: bool) -> None:
        """Say that a picture can be dropped here."""
        self._name()
        has_room = is_target and self.height() >= _HINT_HEIGHT
        if is_target and not has_room:
            self.set_title(_TARGET)
        self._hint.setGeometry(self.rect())
        self._hint.setVisible(has_room)
        self._hint.raise_()


def _add_button(what: str) -> QPushButton:
    """Both fit side by side into the narrowest panel."""
    button = QPushButton(icon("plus"), what)
    button.setAccessibleName(f"Add {what.lower()}")
    return button


def _open_below(menu: QMenu, button: QPushButton) -> None:
    _open(menu, button.mapToGlobal(button.rect().bottomLeft()))


def _open(menu: QMenu, at: QPoint) -> None:
    menu.aboutToHide.connect(menu.deleteLater)
    menu.popup(at)
