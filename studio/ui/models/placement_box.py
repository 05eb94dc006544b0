"""How a model lies on the card: what the studio decides, and what the artist may decide instead."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from studio.domain.model import ModelInfo
from studio.domain.placement import Offload, Precision, Quantization
from studio.ui import theme
from studio.ui.controls.fields import keep_narrow, plain_label
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Session

_BY_STUDIO: Final = "As the studio decides"
_CHOICES: Final[Mapping[str, tuple[str, str, Mapping[Any, str]]]] = {
    "offload": (
        "Memory",
        "What stays on the card while nobody computes with it. All give the same picture",
        {
            None: _BY_STUDIO,
            Offload.NONE: "All of it at once",
            Offload.MODEL: "Its parts take turns",
            Offload.GROUP: "Block by block",
            Offload.SEQUENTIAL: "Layer by layer",
        },
    ),
    "precision": (
        "Numbers",
        "In which numbers it computes. Pictures differ a little",
        {
            None: _BY_STUDIO,
            Precision.FP32: "fp32, exact and slow",
            Precision.FP16: "fp16",
            Precision.BF16: "bf16",
        },
    ),
    "quantization": (
        "Weights",
        "How its weights are stored. All but the first change pictures somewhat",
        {
            Quantization.NONE: "As they are",
            Quantization.FP8: "fp8, about half of 16 bits",
            Quantization.INT8: "int8, about half of 16 bits",
            Quantization.NF4: "nf4, about a quarter",
        },
    ),
    "tiles": (
        "Decoding",
        "Whether pictures are decoded in tiles, which takes less memory",
        {None: _BY_STUDIO, False: "In one piece", True: "In tiles"},
    ),
}


class PlacementBox(QWidget):
    """A menu for each thing to decide. What is chosen counts from the model's next picture on."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._model: ModelInfo | None = None
        self.boxes: dict[str, QComboBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_S)
        grid.setVerticalSpacing(theme.SPACE_XS)
        grid.setColumnStretch(1, 1)
        for line, (name, (title, tip, choices)) in enumerate(_CHOICES.items()):
            box = self.boxes[name] = QComboBox()
            keep_narrow(box)
            wheel_needs_focus(box)
            box.setAccessibleName(title)
            box.setToolTip(f"{tip}.")
            for text in choices.values():
                box.addItem(text)
            box.activated.connect(lambda row, name=name: self._on_activated(name, row))
            label = plain_label(title, "quiet")
            label.setBuddy(box)
            grid.addWidget(label, line, 0)
            grid.addWidget(box, line, 1)

    def show_model(self, model: ModelInfo | None) -> None:
        """Tell of a model."""
        self._model = model
        if model is None:
            return
        wishes = self._session.models.placement(model)
        for name, box in self.boxes.items():
            values = list(_CHOICES[name][2])
            value = getattr(wishes, name)
            with QSignalBlocker(box):
                # A GGUF file's weights are what they are.
                box.setCurrentIndex(values.index(value) if value in values else 0)

    def _on_activated(self, name: str, row: int) -> None:
        if self._model is None:
            return
        value = list(_CHOICES[name][2])[row]
        models = self._session.models
        models.place(self._model, replace(models.placement(self._model), **{name: value}))
