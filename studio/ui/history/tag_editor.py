"""Tags of one picture or of many: those there are as chips, a line for more."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from PySide6.QtCore import QPoint, QSize, QStringListModel, Qt
from PySide6.QtWidgets import QCompleter, QFrame, QLineEdit, QVBoxLayout, QWidget

from studio.domain.errors import StudioError
from studio.library import Picture
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label
from studio.ui.controls.tasks import Tasks
from studio.ui.history.chips import Chips
from studio.ui.session import Session

_SIZE = QSize(280, 10)


class TagEditor(QFrame):
    """A popup. Enter adds what is written, with commas between several; a chip's cross takes its
    tag off all pictures; a click on one that only some have gives it to all."""

    def __init__(self, session: Session, pictures: Sequence[Picture], parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setObjectName("OptionsPopup")
        self._session = session
        self._pictures = {picture.id: picture for picture in pictures}
        many = f"Tags of {len(pictures):,} pictures" if len(pictures) > 1 else "Tags"
        self.setAccessibleName(many)
        self._chips = Chips("Tags", "A click gives it to all")
        self._line = QLineEdit()
        self._line.setPlaceholderText("Add a tag")
        self._line.setAccessibleName("Add a tag")
        self._line.setToolTip("Enter adds it; commas between several")
        self._known = QStringListModel(self)
        completer = QCompleter(self._known, self)
        completer.setCaseSensitivity(Qt.CaseSensitivity.CaseInsensitive)
        self._line.setCompleter(completer)
        column = QVBoxLayout(self)
        column.setContentsMargins(*4 * (theme.SPACE_S,))
        column.setSpacing(theme.SPACE_S)
        column.addWidget(plain_label(many, "small"))
        column.addWidget(self._chips)
        column.addWidget(self._line)
        self._line.returnPressed.connect(self._on_return_pressed)
        self._chips.removed.connect(self._on_chip_removed)
        self._chips.clicked.connect(self._on_chip_clicked)
        self._chips.left.connect(self._line.setFocus)
        self._tasks = Tasks(self)
        self._tasks.start(self._load_known())
        self._bindings = Bindings(self)
        self._bindings.add(session.library.changed, self._on_changed)
        self._show_tags()

    def open_at(self, place: QPoint) -> None:
        """Show it with its upper left corner at a place of the screen, or as near as it fits."""
        self.setFixedWidth(_SIZE.width())
        self.adjustSize()
        room = self.screen().availableGeometry()
        left = max(room.left(), min(place.x(), room.right() - self.width()))
        top = max(room.top(), min(place.y(), room.bottom() - self.height()))
        self.move(left, top)
        self.show()
        self._line.setFocus()

    @property
    def line(self) -> QLineEdit:
        return self._line

    @property
    def chips(self) -> Chips:
        return self._chips

    def _show_tags(self) -> None:
        counts = Counter(tag for picture in self._pictures.values() for tag in picture.tags)
        every = len(self._pictures)
        self._chips.set_texts(
            {
                tag: tag if counts[tag] == every else f"{tag} ({counts[tag]:,} of {every:,})"
                for tag in sorted(counts, key=str.casefold)
            }
        )
        self.adjustSize()

    def _on_return_pressed(self) -> None:
        tags = [tag.strip() for tag in self._line.text().split(",")]
        self._line.clear()
        self._tag(add=[tag for tag in tags if tag])

    def _on_chip_removed(self, tag: str) -> None:
        self._tag(remove=[tag])

    def _on_chip_clicked(self, tag: str) -> None:
        self._tag(add=[tag])

    def _tag(self, add: Sequence[str] = (), remove: Sequence[str] = ()) -> None:
        self._session.marks.tag(list(self._pictures.values()), add, remove)

    def _on_changed(self, pictures: list[Picture]) -> None:
        for picture in pictures:
            if picture.id in self._pictures:
                self._pictures[picture.id] = picture
        self._show_tags()

    async def _load_known(self) -> None:
        try:
            self._known.setStringList(await self._session.marks.known_tags())
        except StudioError as error:
            self._session.messages.tell(error)
