"""What an exported file tells beside its pixels, one check mark for each kind of reader."""

from __future__ import annotations

from typing import Final

from PySide6.QtWidgets import QCheckBox, QLineEdit, QVBoxLayout, QWidget

from studio.library import MetadataChoice
from studio.ui import theme
from studio.ui.controls.fields import field_label, plain_label, row

_MAX_NAME_CHARS: Final = 200
_OPTIONS: Final = {
    "settings": (
        "Settings for Pentimento",
        "All that made it: whoever has the file can make the same picture again",
    ),
    "parameters": (
        "Parameters for other programs",
        "Prompt, seed and settings as text, as A1111, Forge and CivitAI read them",
    ),
    "origin": (
        "Label “made with AI”",
        "Says in IPTC's words how the picture came about, and with which program",
    ),
    "prompt": (
        "The prompt, for picture archives",
        "Prompt and negative prompt in IPTC's words, as photo programs show them",
    ),
    "camera": (
        "Camera and place of the photo",
        "What the camera wrote into it: make, exposure, time, and where it was taken",
    ),
}


class MetadataOptions(QWidget):
    """Check marks for the parts of a MetadataChoice, and who wrote the prompt.

    `is_photo` offers to keep what a camera wrote, which only an imported picture has.
    """

    def __init__(self, choice: MetadataChoice, *, is_photo: bool = False) -> None:
        super().__init__()
        self._boxes: dict[str, QCheckBox] = {}
        for name, (text, tip) in _OPTIONS.items():
            box = QCheckBox(text)
            box.setToolTip(tip)
            box.setChecked(getattr(choice, name))
            box.setObjectName(f"metadata-{name}")
            self._boxes[name] = box
        self._writer = QLineEdit(choice.writer)
        self._writer.setMaxLength(_MAX_NAME_CHARS)
        self._writer.setPlaceholderText("nobody named")
        self._writer.setToolTip("Stands beside the prompt; empty leaves it out")
        self._is_photo = is_photo
        self._lay_out()
        self._boxes["prompt"].toggled.connect(self._writer.setEnabled)
        self._writer.setEnabled(choice.prompt)

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(plain_label("The file also tells", "small"))
        for name, box in self._boxes.items():
            if name == "camera" and not self._is_photo:
                continue
            layout.addWidget(box)
            if name == "prompt":
                writer = row(field_label("Written by", self._writer), self._writer)
                writer.setContentsMargins(theme.SPACE_XL, 0, 0, 0)
                layout.addLayout(writer)

    def choice(self) -> MetadataChoice:
        """What is chosen now."""
        chosen = {name: box.isChecked() for name, box in self._boxes.items()}
        return MetadataChoice(**chosen, writer=self._writer.text().strip())
