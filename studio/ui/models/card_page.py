"""All that is known of one model, and what can be done with it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from PySide6.QtCore import QRect, Qt, Signal
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QFrame, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.catalog.cards import ModelCard
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import StudioError
from studio.domain.model import ModelInfo
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import row, say
from studio.ui.controls.tasks import Tasks
from studio.ui.controls.thumbnails import CORNER_PX, rounded
from studio.ui.controls.tool_button import tool_button
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.icons import icon
from studio.ui.models.card_parts import Copyable, LongText, Section, Words, text_label
from studio.ui.models.defaults_box import DefaultsBox
from studio.ui.models.entries import facts, kind_title, licence_text
from studio.ui.models.placement_box import PlacementBox
from studio.ui.models.previews import Previews
from studio.ui.session import Session
from studio.ui.session.models.model_marks import Info, key_of
from studio.ui.session.models.models import draws_alone

_PICTURE_HEIGHT: Final = 180
_USES: Final[Mapping[AddonKind, str]] = {
    AddonKind.LORA: "Add to the prompt",
    AddonKind.EMBEDDING: "Add to the prompt",
}
_NO_LICENCE: Final = (
    "Nobody says here what it permits. Ask its maker before you sell or share what you make of it."
)


class CardPage(QScrollArea):
    """Shows `info` after `show_model`. `use_wanted` and `trash_wanted` carry it."""

    use_wanted = Signal(object)
    trash_wanted = Signal(object)

    def __init__(self, session: Session, previews: Previews, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._info: Info | None = None
        self._card: ModelCard | None = None
        self._tasks = Tasks(self)
        self._content = QWidget()
        self.setWidgetResizable(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setAccessibleName("About this model")
        self.picture = _Picture(previews)
        self.title = text_label("title")
        self.star = tool_button("star", "Favourite", "S in the list")
        self.star.setCheckable(True)
        self.about = text_label("quiet")
        self.fit = text_label("small")
        self.use = QPushButton()
        theme.set_role(self.use, "primary")
        self.show_file = tool_button("folder-open", "Show in the file manager")
        self.trash = tool_button("trash-2", "Move to the trash", "Delete in the list")
        self.words = Words("Trigger words", "Put it into the prompt")
        self.defaults = DefaultsBox(session)
        self.placement = PlacementBox(session)
        self.description = LongText()
        self.licence = text_label()
        self.permits = text_label()
        self.licence_link = Copyable()
        self.trained_on = LongText()
        self.known = Copyable()
        self.hashes = Copyable()
        self.compute = QPushButton("Compute checksums")
        self.compute.setToolTip("Reads the whole file: by them others find out what it is")
        self._sections = {
            "words": Section("Trigger words", self.words),
            "defaults": Section("It begins with", self.defaults),
            "placement": Section("On this machine", self.placement),
            "description": Section("Description", self.description),
            "trained_on": Section("Trained on", self.trained_on),
        }
        self._lay_out()

        self.use.clicked.connect(lambda: self.use_wanted.emit(self._info))
        self.trash.clicked.connect(lambda: self.trash_wanted.emit(self._info))
        self.star.clicked.connect(self._on_star_clicked)
        self.show_file.clicked.connect(self._on_show_file)
        self.compute.clicked.connect(self._on_compute)
        self.words.clicked.connect(session.models.add_words)
        previews.arrived.connect(self.picture.update)
        self._bindings = Bindings(self)
        self._bindings.add(session.models.marks.changed, self._show_marks)
        self._bindings.add(session.draft.events.model, self._show_marks)
        self._bindings.add(session.engine.status_changed, self._show_marks)
        self.show_model(None)

    @property
    def info(self) -> Info | None:
        return self._info

    def show_model(self, info: Info | None) -> None:
        """Tell of a model; None is none."""
        is_other = info is None or self._info is None or key_of(info) != key_of(self._info)
        self._info = info
        self._content.setVisible(info is not None)
        if info is None:
            return
        if is_other:
            self.verticalScrollBar().setValue(0)
            self._show_card(ModelCard(info.title, licence=info.licence))
        self.picture.show_model(info)
        say(self.about, " · ".join([kind_title(info), *facts(info)]))
        self._show_marks()
        self._tasks.cancel()
        self._tasks.start(self._read(info))

    def _lay_out(self) -> None:
        column = QVBoxLayout(self._content)
        column.setContentsMargins(theme.SPACE_M, theme.SPACE_S, theme.SPACE_M, theme.SPACE_M)
        column.setSpacing(theme.SPACE_S)
        heading = row(self.title, self.star)
        heading.setStretch(0, 1)
        buttons = row(self.use, self.show_file, self.trash)
        buttons.setStretch(0, 1)
        licence = QWidget()
        lines = QVBoxLayout(licence)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_XS)
        for widget in (self.licence, self.permits, self.licence_link):
            lines.addWidget(widget)
        file = QWidget()
        lines = QVBoxLayout(file)
        lines.setContentsMargins(0, 0, 0, 0)
        lines.setSpacing(theme.SPACE_XS)
        for widget in (self.known, self.hashes):
            lines.addWidget(widget)
        lines.addWidget(self.compute, alignment=Qt.AlignmentFlag.AlignLeft)
        column.addWidget(self.picture)
        column.addLayout(heading)
        column.addWidget(self.about)
        column.addWidget(self.fit)
        column.addLayout(buttons)
        for name in ("words", "defaults", "description"):
            column.addWidget(self._sections[name])
        column.addWidget(Section("Licence", licence))
        column.addWidget(self._sections["trained_on"])
        column.addWidget(self._sections["placement"])
        column.addWidget(Section("File", file))
        column.addStretch(1)
        self.setWidget(self._content)

    async def _read(self, info: Info) -> None:
        try:
            card = await self._session.model_files.card(info)
        except StudioError as error:
            self._session.messages.tell(error)
            return
        if self._info is info:
            self._show_card(card)

    def _show_card(self, card: ModelCard) -> None:
        info = self._info
        if info is None:
            return
        self._card = card
        say(self.title, card.title)
        words = card.trigger_words
        if isinstance(info, AddonInfo):
            words = words or info.trigger_words
        self.words.set_words(words)
        self._sections["words"].setVisible(bool(words))
        self.description.set_text(card.description)
        self._sections["description"].setVisible(bool(card.description))
        is_unknown = card.licence in ("", "unknown")
        say(self.licence, licence_text(card.licence).capitalize() if is_unknown else card.licence)
        say(self.permits, "\n".join(card.permits) or _NO_LICENCE)
        self.licence_link.set_values({"Text": card.licence_link})
        self.licence_link.setVisible(bool(card.licence_link))
        self.trained_on.set_text(card.trained_on)
        self._sections["trained_on"].setVisible(bool(card.trained_on))
        self.known.set_values(
            {
                "Path": str(info.path),
                "Source": card.source_url,
                "Maker": card.author,
                "Base": card.base_model,
                "Tags": ", ".join(card.tags),
            }
        )
        self._show_hashes(card.hashes)

    def _show_hashes(self, hashes: Mapping[str, str]) -> None:
        self.hashes.set_values(dict(hashes))
        self.hashes.setVisible(bool(hashes))
        is_file = self._info is not None and not self._info.path.is_dir()
        is_known = "sha256" in {name.casefold() for name in hashes}
        self.compute.setVisible(is_file and not is_known)
        self.compute.setEnabled(True)
        self.compute.setText("Compute checksums")

    def _show_marks(self) -> None:
        info = self._info
        if info is None:
            return
        models = self._session.models
        is_favourite = models.marks.is_favourite(info)
        self.star.setChecked(is_favourite)
        self.star.setIcon(icon("star-filled" if is_favourite else "star"))
        say(self.fit, models.fit(info).sentence)
        why_not = self._session.model_files.why_it_stays(info)
        self.trash.setEnabled(not why_not)
        self.trash.setToolTip(why_not or "Move to the trash (Delete in the list)")
        model = info if isinstance(info, ModelInfo) else None
        for name in ("defaults", "placement"):
            self._sections[name].setVisible(model is not None)
        self.defaults.show_model(model)
        self.placement.show_model(model)
        if isinstance(info, ModelInfo):
            in_use = models.is_in_use(info)
            self.use.setText("In use" if in_use else "Use this model")
            self.use.setEnabled(not in_use)
        else:
            self.use.setText(_USES.get(info.kind, ""))
            self.use.setEnabled(True)
        self.use.setVisible(
            info.kind in _USES if isinstance(info, AddonInfo) else draws_alone(info)
        )
        self.use.setToolTip("Enter or a double click in the list does so, too")

    # Slots

    def _on_star_clicked(self, on: bool) -> None:
        if self._info is not None:
            self._session.models.set_favourite(self._info, on)

    def _on_show_file(self) -> None:
        if self._info is not None:
            show_in_file_manager(self._info.path)

    def _on_compute(self) -> None:
        info = self._info
        if info is None:
            return
        self.compute.setEnabled(False)
        self.compute.setText("Reading the file…")
        self._tasks.start(self._hash(info))

    async def _hash(self, info: Info) -> None:
        try:
            found = await self._session.model_files.hashes(info)
        except StudioError as error:
            self._session.messages.tell(error)
            found = {}
        if self._info is not None and key_of(self._info) == key_of(info):
            self._show_hashes(found)


class _Picture(QWidget):
    """A model's preview picture; hidden where there is none."""

    def __init__(self, previews: Previews, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._previews = previews
        self._info: Info | None = None
        self.setAccessibleName("Preview picture")
        self.setFixedHeight(_PICTURE_HEIGHT)

    def show_model(self, info: Info) -> None:
        self._info = info
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        pixmap = None if self._info is None else self._previews.get(self._info)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = self.height()
        target = QRect(0, 0, side, side)
        if pixmap is None or pixmap.isNull():
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(theme.color("raised"))
            painter.drawRoundedRect(self.rect(), CORNER_PX, CORNER_PX)
            if pixmap is not None:
                painter.setPen(theme.color("quiet"))
                centre = Qt.AlignmentFlag.AlignCenter
                painter.drawText(self.rect(), centre, "No preview picture lies beside it")
            return
        ratio = self.devicePixelRatioF()
        painter.drawPixmap(target.topLeft(), rounded(pixmap, target.size() * ratio, ratio))
