"""“Redo this with…”: which one thing is to be another one, and what will be made anew."""

from __future__ import annotations

import secrets
from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QLineEdit,
    QVBoxLayout,
    QWidget,
)

from studio.domain.errors import RequestError
from studio.domain.limits import MAX_GUIDANCE_SCALE, MAX_SEED, MAX_STEPS
from studio.domain.request import Request
from studio.domain.schedulers import Scheduler
from studio.library import Picture
from studio.library.lineage.lineage import Lineage
from studio.library.lineage.redo import Alteration, alone, changed, plan
from studio.ui import theme
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.fields import field_row, keep_narrow, plain_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.text_field import TextField
from studio.ui.controls.tool_button import tool_button
from studio.ui.session import Session

_WIDTH: Final = 440
_DICE_BITS: Final = 32
_NAMES: Final = {
    "prompt": "Prompt",
    "negative_prompt": "Leave out",
    "seed": "Seed",
    "model": "Model",
    "num_inference_steps": "Steps",
    "guidance_scale": "Guidance",
    "scheduler": "Scheduler",
    "strength": "Strength",
}


class RedoDialog(QDialog):
    """One thing to change, its value, and how much is made anew. Not modal: `show()` it."""

    def __init__(
        self, session: Session, lineage: Lineage, picture: Picture, parent: QWidget | None = None
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle("Redo this with…")
        self._session = session
        self._lineage = lineage
        self._picture = picture
        self._request = alone(picture)
        self._plan = plan(lineage, picture)
        self._followers: dict[str, int] = {}
        self._thing = QComboBox()
        self._thing.setAccessibleName("What to change")
        self._values: dict[str, QWidget] = {}
        self._pages: dict[str, QWidget] = {}
        for name, editor in self._editors().items():
            editor.setAccessibleName(_NAMES[name])
            self._values[name] = editor
            self._pages[name] = self._page(name, editor)
            self._thing.addItem(_NAMES[name], name)
        others = len(self._plan.order) - 1
        self._all = QCheckBox(_and_all(others))
        self._all.setChecked(others > 0)
        self._all.setVisible(others > 0)
        self._says = plain_label(role="quiet")
        self._says.setWordWrap(True)
        self._foot = DialogFoot(self, "Redo")
        self._lay_out()

        self._thing.currentIndexChanged.connect(self._on_thing_changed)
        self._all.toggled.connect(self._on_changed)
        self._on_thing_changed()

    @property
    def alteration(self) -> Alteration:
        """What is chosen now."""
        name = str(self._thing.currentData())
        return Alteration(name, self._value(name))

    @property
    def says(self) -> str:
        """What will be made anew, or why it can't be."""
        return self._says.text()

    def choose(self, name: str) -> None:
        """Choose what is to be changed."""
        self._thing.setCurrentIndex(self._thing.findData(name))

    def editor(self, name: str) -> QWidget:
        """Where the value of one thing is chosen."""
        return self._values[name]

    def accept(self) -> None:
        self._session.redoing.redo_with(
            self._lineage, self._picture, self.alteration, with_descendants=self._all.isChecked()
        )
        super().accept()

    def _editors(self) -> dict[str, QWidget]:
        """A control for each thing, with the picture's own value in it."""
        request = self._request
        editors: dict[str, QWidget] = {
            "prompt": self._text(request.prompt),
            "negative_prompt": self._text(request.negative_prompt),
            "seed": self._seed(request.seed),
            "model": self._menu(self._models(request.model), request.model),
            "num_inference_steps": self._number("Steps", request, 1, MAX_STEPS, 60, 1.0, 0),
            "guidance_scale": self._number("Guidance", request, 0, MAX_GUIDANCE_SCALE, 20, 0.5, 2),
            "scheduler": self._menu({one: str(one) for one in Scheduler}, request.scheduler),
        }
        if request.init_image is not None:
            editors["strength"] = self._number("Strength", request, 0.01, 1.0, 1, 0.05, 2)
        return editors

    def _models(self, own: str) -> dict[str, str]:
        """Names and titles of those on this disk, and the picture's own."""
        models = {model.name: model.title for model in self._session.models.models()}
        return models if own in models else {own: own, **models}

    def _text(self, text: str) -> TextField:
        field = TextField(fewest_lines=3)
        field.setPlainText(text)
        field.textChanged.connect(self._on_changed)
        field.submitted.connect(self._on_submitted)
        return field

    def _seed(self, seed: int) -> QLineEdit:
        field = QLineEdit(str(seed))
        field.textChanged.connect(self._on_changed)
        return field

    def _menu(self, choices: Mapping[Any, str], chosen: object) -> QComboBox:
        box = QComboBox()
        keep_narrow(box)
        for value, text in choices.items():
            box.addItem(text, value)
        box.setCurrentIndex(box.findData(chosen))
        box.currentIndexChanged.connect(self._on_changed)
        return box

    def _number(
        self,
        label: str,
        request: Request,
        low: float,
        high: float,
        slider_high: float,
        step: float,
        decimals: int,
    ) -> NumberControl:
        name = next(name for name, shown in _NAMES.items() if shown == label)
        value = float(getattr(request, name))
        control = NumberControl(
            label,
            low,
            high,
            step=step,
            slider_high=slider_high,
            decimals=decimals,
            default=value,
        )
        control.set_value(value)
        control.value_changed.connect(self._on_changed)
        return control

    def _page(self, name: str, editor: QWidget) -> QWidget:
        page = QWidget()
        layout = QVBoxLayout(page)
        layout.setContentsMargins(0, 0, 0, 0)
        if isinstance(editor, NumberControl):
            layout.addWidget(editor)
        else:
            line = field_row("is to be", editor)
            if name == "seed":
                dice = tool_button("dices", "Another seed")
                dice.clicked.connect(self._roll)
                line.addWidget(dice)
            layout.addLayout(line)
        return page

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_L] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(field_row("Change", self._thing))
        for page in self._pages.values():
            layout.addWidget(page)
        layout.addWidget(self._all)
        layout.addWidget(self._says)
        layout.addSpacing(theme.SPACE_M)
        layout.addLayout(self._foot)
        self.setFixedWidth(_WIDTH)

    def _value(self, name: str) -> Any:
        match self._values[name]:
            case TextField() as field:
                return field.toPlainText().strip()
            case QLineEdit() as field:
                return int(field.text()) if field.text().strip().isdecimal() else -1
            case QComboBox() as box:
                return box.currentData()
            case NumberControl() as control:
                value = control.value()
                return round(value) if name == "num_inference_steps" else value
        raise AssertionError(name)

    def _make_room(self) -> None:
        if (layout := self.layout()) is not None:
            self.resize(self.width(), layout.totalHeightForWidth(self.width()))

    def _show_page(self) -> None:
        """Only the chosen thing takes room, and it has the keyboard."""
        chosen = str(self._thing.currentData())
        for name, page in self._pages.items():
            page.setVisible(name == chosen)
        editor = self._values[chosen]
        editor.setFocus()
        if isinstance(editor, TextField | QLineEdit):
            editor.selectAll()

    # Slots

    def _roll(self) -> None:
        field = self._values["seed"]
        if isinstance(field, QLineEdit):
            field.setText(str(secrets.randbits(_DICE_BITS) % MAX_SEED))

    def _on_submitted(self) -> None:
        if self._foot.primary.isEnabled():
            self.accept()

    def _on_thing_changed(self) -> None:
        self._show_page()
        self._on_changed()

    def _on_changed(self) -> None:
        self._tell_consequences()
        # Sentences differ in length; nothing else may give way to them.
        self._make_room()

    def _tell_consequences(self) -> None:
        name = str(self._thing.currentData())
        try:
            new = changed(self._picture, self.alteration, self._picture)
        except RequestError as error:
            self._says.setText(error.sentence)
            self._foot.primary.setEnabled(False)
            return
        is_same = getattr(new, name) == getattr(self._request, name)
        self._foot.primary.setEnabled(not is_same)
        if is_same:
            self._says.setText(f"Choose another {_NAMES[name].lower()} than it had.")
            return
        self._says.setText(" ".join(self._consequences(name)))

    def _consequences(self, name: str) -> list[str]:
        if not self._all.isChecked():
            return ["One picture is made. The one that is there stays."]
        count = len(self._plan.order)
        told = [f"{count} pictures are made, one after the other. Those that are there stay."]
        if name not in self._followers:
            self._followers[name] = sum(
                changed(picture, self.alteration, self._picture) != alone(picture)
                for picture in self._plan.order[1:]
            )
        if followers := self._followers[name]:
            told.append(
                f"{followers} of those that follow get the new {_NAMES[name].lower()}, too."
            )
        if left := len(self._plan.left_out):
            told.append(
                f"{left} can't be made on another picture: painted on a canvas, or imported."
            )
        return told


def _and_all(others: int) -> str:
    return (
        "And the picture that grew from it"
        if others == 1
        else f"And all {others} that grew from it"
    )
