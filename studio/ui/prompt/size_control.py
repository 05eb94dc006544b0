"""The size of the picture: the model's presets, or any sides that the model can draw."""

from __future__ import annotations

from PySide6.QtCore import QSignalBlocker, Qt
from PySide6.QtWidgets import QComboBox, QSpinBox, QVBoxLayout, QWidget

from studio.domain.geometry import Size, snap
from studio.domain.limits import MAX_SIDE_PX, MIN_SIDE_PX
from studio.domain.model import ModelInfo
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import field_row, keep_narrow, row
from studio.ui.controls.tool_button import tool_button
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Draft


class _SideSpinBox(QSpinBox):
    """One side in pixels; steps from one multiple of the model to the next."""

    def stepBy(self, steps: int) -> None:  # noqa: N802 - Qt's name
        multiple = self.singleStep()
        self.setValue(snap(self.value(), multiple) + steps * multiple)


class SizeControl(QWidget):
    """Typed sides snap to the family's multiple when the field is left."""

    def __init__(self, draft: Draft, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._draft = draft
        self._typing = False
        self._presets = QComboBox()
        self._presets.setToolTip("Sizes that the model draws well")
        keep_narrow(self._presets)
        wheel_needs_focus(self._presets)
        self._width = self._side("Width in pixels")
        self._height = self._side("Height in pixels")
        self._swap = tool_button("arrow-left-right", "Swap width and height")
        self._lay_out()
        self._use_model(draft.model)
        self._show_size()

        self._presets.activated.connect(self._on_preset_activated)
        self._swap.clicked.connect(self._on_swap_clicked)
        for side in (self._width, self._height):
            side.valueChanged.connect(self._on_side_changed)
            side.editingFinished.connect(self._on_editing_finished)
        self._bindings = Bindings(self)
        self._bindings.add(draft.events.model, self._on_model_changed)
        self._bindings.add(draft.events.size, self._on_size_changed)

    def _side(self, name: str) -> _SideSpinBox:
        side = _SideSpinBox()
        side.setRange(MIN_SIDE_PX, MAX_SIDE_PX)
        side.setCorrectionMode(QSpinBox.CorrectionMode.CorrectToNearestValue)
        side.setAccessibleName(name)
        side.setAlignment(Qt.AlignmentFlag.AlignCenter)
        side.setMinimumWidth(2 * theme.HIT_SIZE)
        side.setFixedHeight(theme.CONTROL_HEIGHT)
        wheel_needs_focus(side)
        return side

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(field_row("Size", self._presets))
        sides = row(self._width, self._swap, self._height)
        sides.setSpacing(theme.SPACE_XS)
        sides.insertSpacing(0, theme.LABEL_WIDTH + theme.SPACE_S)
        layout.addLayout(sides)

    def _use_model(self, model: ModelInfo) -> None:
        with QSignalBlocker(self._presets):
            self._presets.clear()
            for size in model.sizes:
                self._presets.addItem(f"{size}  {_shape(size)}", size)
            self._presets.addItem("Custom")
        multiple = model.size_multiple_px
        for side in (self._width, self._height):
            side.setSingleStep(multiple)
            side.setToolTip(f"{side.accessibleName()}, a multiple of {multiple}")

    def _show_size(self) -> None:
        size = self._draft.size
        if not self._typing:
            for side, value in ((self._width, size.width), (self._height, size.height)):
                with QSignalBlocker(side):
                    side.setValue(value)
        sizes = self._draft.model.sizes
        self._presets.setCurrentIndex(sizes.index(size) if size in sizes else len(sizes))

    def _on_preset_activated(self, index: int) -> None:
        size = self._presets.itemData(index)
        if size is None:
            self._show_size()
            self._width.setFocus()
            self._width.selectAll()
        else:
            self._draft.resize(size)

    def _on_swap_clicked(self) -> None:
        size = self._draft.size
        self._draft.resize(Size(size.height, size.width))

    def _on_side_changed(self) -> None:
        # The draft is right at any time; the field keeps what is being typed until it is left.
        self._typing = True
        self._draft.resize(Size(self._width.value(), self._height.value()))
        self._typing = False

    def _on_editing_finished(self) -> None:
        self._show_size()

    def _on_model_changed(self, model: ModelInfo) -> None:
        self._use_model(model)
        self._show_size()

    def _on_size_changed(self) -> None:
        self._show_size()


def _shape(size: Size) -> str:
    if size.width == size.height:
        return "square"
    return "landscape" if size.width > size.height else "portrait"
