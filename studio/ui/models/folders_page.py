"""The folders in which models lie, and what in them can't be used."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from PySide6.QtWidgets import QFileDialog, QPushButton, QVBoxLayout, QWidget

from studio.catalog import Refusal
from studio.catalog.places import Layout, Place
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label, row
from studio.ui.history.file_manager import show_in_file_manager
from studio.ui.models.rows import Row, RowsView
from studio.ui.session import Session

LAYOUT_TITLES: Final = {
    Layout.A1111: "A1111 or Forge",
    Layout.COMFYUI: "ComfyUI",
    Layout.INVOKEAI: "InvokeAI",
    Layout.HUGGING_FACE: "Hugging Face's cache",
    Layout.DIFFUSERS: "diffusers",
    Layout.PLAIN: "Plain folder",
}
PICKLES: Final = frozenset({".ckpt", ".pt", ".pth", ".bin"})
_NO_PLACES: Final = (
    "Drop the folder of another program here: A1111, Forge, ComfyUI, InvokeAI, a Hugging Face "
    "cache, or any folder with models. They are used where they lie; nothing is copied or changed."
)
_NO_REFUSALS: Final = "Nothing: every file that was found can be used."


class FoldersPage(QWidget):
    """Folders above, refusals below, each with what can be done about the chosen one."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._files = session.model_files
        self.add = QPushButton("Add a folder…")
        self.add.setToolTip("Use the models of a folder where they lie")
        self.look = QPushButton("Look again")
        self.look.setToolTip("Look what lies in all folders now (F5)")
        self.says = plain_label(role="small")
        self.places = RowsView("Folders of models", _NO_PLACES)
        self.show_place = QPushButton("Show in the file manager")
        self.remove = QPushButton("Remove from the list")
        self.remove.setToolTip("No longer use this folder; its files stay as they are")
        self.refused = RowsView("Files that can't be used", _NO_REFUSALS)
        self.show_refused = QPushButton("Show in the file manager")
        self.convert = QPushButton("Convert…")
        self.convert.setToolTip(
            "Read the pickle in a process of its own that may only read numbers, and save them as "
            "a safetensors file in the studio's own folder"
        )
        self._lay_out()

        self.add.clicked.connect(self.ask_folder)
        self.look.clicked.connect(self._files.rescan)
        self.show_place.clicked.connect(self._on_show_place)
        self.remove.clicked.connect(self._on_remove)
        self.show_refused.clicked.connect(self._on_show_refused)
        self.convert.clicked.connect(self._on_convert)
        self.places.wanted.connect(lambda _value: self._on_show_place())
        self.refused.wanted.connect(lambda _value: self._on_show_refused())
        self.places.current_changed.connect(self._enable)
        self.refused.current_changed.connect(self._enable)
        self._bindings = Bindings(self)
        self._bindings.add(session.models.changed, self._read)
        self._bindings.add(self._files.place_added, self._on_place_added)
        self._bindings.add(self._files.scanning_changed, self._show_scanning)
        self._read()
        self._show_scanning()

    def ask_folder(self) -> None:
        """Choose a folder whose models are used where they lie."""
        name = QFileDialog.getExistingDirectory(self, "Use the models of a folder")
        if name:
            self._files.add_place(Path(name))

    def _lay_out(self) -> None:
        top = row(self.add, self.look, self.says)
        top.addStretch(1)
        of_place = row(self.show_place, self.remove)
        of_place.addStretch(1)
        of_refused = row(self.convert, self.show_refused)
        of_refused.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(theme.SPACE_M, theme.SPACE_M, theme.SPACE_M, theme.SPACE_M)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(top)
        layout.addWidget(self.places, 3)
        layout.addLayout(of_place)
        layout.addSpacing(theme.SPACE_S)
        layout.addWidget(plain_label("Can't be used", "title"))
        layout.addWidget(self.refused, 2)
        layout.addLayout(of_refused)

    def _read(self) -> None:
        own = self._files.own_folder
        rows = [Row(str(own), "The studio's own models and downloads", "", own)]
        rows += [
            Row(str(place.path), place.sentence, LAYOUT_TITLES[place.layout], place)
            for place in self._files.places()
        ]
        self.places.set_rows(rows)
        self.refused.set_rows(
            Row(refusal.path.name, refusal.reason, "", refusal, tall=True)
            for refusal in self._files.refused()
        )
        self._enable()

    def _enable(self) -> None:
        place, refusal = self.places.value(), self.refused.value()
        self.show_place.setEnabled(place is not None)
        self.remove.setEnabled(isinstance(place, Place))
        self.show_refused.setEnabled(refusal is not None)
        self.convert.setEnabled(
            isinstance(refusal, Refusal) and refusal.path.suffix.lower() in PICKLES
        )

    def _show_scanning(self) -> None:
        self.says.setText("Looking…" if self._files.is_scanning else "")
        self.look.setEnabled(not self._files.is_scanning)

    def _on_place_added(self, place: Place) -> None:
        self._read()
        for number, shown in enumerate(self.places.rows()):
            if isinstance(shown.value, Place) and shown.value.path == place.path:
                self.places.choose(number)

    def _on_show_place(self) -> None:
        value = self.places.value()
        if value is not None:
            show_in_file_manager(value.path if isinstance(value, Place) else value)

    def _on_remove(self) -> None:
        value = self.places.value()
        if isinstance(value, Place):
            self._files.remove_place(value)

    def _on_show_refused(self) -> None:
        value = self.refused.value()
        if isinstance(value, Refusal):
            show_in_file_manager(value.path)

    def _on_convert(self) -> None:
        value = self.refused.value()
        if isinstance(value, Refusal):
            self._files.convert(value)
