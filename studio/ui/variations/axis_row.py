"""One side of the grid of variations: which setting, and which values of it."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QComboBox, QGridLayout, QLineEdit, QToolButton

from studio.domain.errors import RequestError
from studio.domain.variations import Axis, Setting, read_values
from studio.ui import theme
from studio.ui.controls.fields import plain_label, say, sentence_label
from studio.ui.icons import icon

_HINTS: Final = {
    Setting.PROMPT: "words of the prompt, then what takes their place",
    Setting.SEED: "1, 2, 3 or 1-4",
    Setting.STEPS: "10, 20, 30 or 5-30 (+5)",
    Setting.GUIDANCE_SCALE: "3, 5, 7.5 or 1-9 [5]",
    Setting.SCHEDULER: "names, with commas between",
    Setting.STRENGTH: "0.3, 0.6 or 0.2-1 [5]",
    Setting.MODEL: "names, with commas between",
}
_NOTHING: Final = "nothing"

Proposals = Callable[[Setting], Sequence[str]]


class AxisRow(QGridLayout):
    """A menu of settings and a field for values. `changed` says that one of them did.

    Args:
        name: which side it is, as the artist reads it: “Columns”.
        proposals: all values of a setting that can be listed, or a few good ones.
    """

    changed = Signal()

    def __init__(self, name: str, proposals: Proposals) -> None:
        super().__init__()
        self._name = name
        self._proposals = proposals
        self.setContentsMargins(0, 0, 0, 0)
        self.setHorizontalSpacing(theme.SPACE_S)
        self.setVerticalSpacing(theme.SPACE_XS)
        label = plain_label(name, "field")
        label.setFixedWidth(theme.LABEL_WIDTH)
        self._setting = QComboBox()
        self._setting.setAccessibleName(f"{name} vary")
        self._setting.addItem(_NOTHING, None)
        for setting in Setting:
            self._setting.addItem(str(setting), setting)
        self._values = QLineEdit()
        self._values.setAccessibleName(f"Values of the {name.lower()}")
        self._values.setMinimumHeight(theme.CONTROL_HEIGHT)
        self._fill = QToolButton()
        self._fill.setIcon(icon("list-plus"))
        self._fill.setToolTip("Write values to choose from")
        self._fill.setAccessibleName(f"Propose values for the {name.lower()}")
        self._error = sentence_label("error")
        self.addWidget(label, 0, 0)
        self.addWidget(self._setting, 0, 1)
        self.addWidget(self._values, 0, 2)
        self.addWidget(self._fill, 0, 3)
        self.addWidget(self._error, 1, 1, 1, 3, Qt.AlignmentFlag.AlignTop)
        self.setColumnMinimumWidth(1, 130)
        self.setColumnStretch(2, 1)
        self._setting.currentIndexChanged.connect(self._on_setting_changed)
        self._values.textChanged.connect(self._on_values_changed)
        self._fill.clicked.connect(self._on_fill)
        self._on_setting_changed()

    @property
    def setting(self) -> Setting | None:
        """What differs along this side; None for nothing."""
        chosen = self._setting.currentData()
        return None if chosen is None else Setting(chosen)

    def choose(self, setting: Setting | None, values: str) -> None:
        """Set both."""
        self._setting.setCurrentIndex(self._setting.findData(setting))
        self._values.setText(values)

    @property
    def text(self) -> str:
        """The values as they are written."""
        return self._values.text()

    def axis(self) -> Axis | None:
        """This side, or None if nothing differs along it.

        Raises:
            RequestError: a value can't be read, or there is none.
        """
        setting = self.setting
        return None if setting is None else Axis(setting, read_values(setting, self.text))

    def _on_setting_changed(self) -> None:
        setting = self.setting
        for widget in (self._values, self._fill):
            widget.setEnabled(setting is not None)
        self._values.setPlaceholderText("" if setting is None else _HINTS[setting])
        self._on_values_changed()

    def _on_values_changed(self) -> None:
        sentence = ""
        if self.text.strip():
            try:
                self.axis()
            except RequestError as error:
                sentence = error.sentence
        say(self._error, sentence)
        self.changed.emit()

    def _on_fill(self) -> None:
        setting = self.setting
        if setting is not None:
            values = self._proposals(setting)
            self._values.setText(", ".join(f'"{v}"' if "," in v else v for v in values))
            self._values.setFocus()
