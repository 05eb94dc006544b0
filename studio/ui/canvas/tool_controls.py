"""The settings of the canvas's tools, one control each, each true to `session.tools`."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, Final

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QPen
from PySide6.QtWidgets import QCheckBox, QColorDialog, QComboBox, QToolButton, QWidget

from studio.document import Brush, Target
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import MaskView, Tools
from studio.ui.session.painting.layers import Layers
from studio.ui.session.painting.tools import USUAL_BRUSHES

PERCENT: Final = 0.01


@dataclass(frozen=True, slots=True)
class BrushSetting:
    """One number of a `Brush`: its field, and how it is shown (`unit` times `scale` is its own)."""

    field: str
    label: str
    low: float
    high: float
    scale: float
    unit: str
    tip: str


SIZE: Final = BrushSetting("size_px", "Size", 1, 1000, 1.0, "px", "Diameter ([ and ])")
HARDNESS: Final = BrushSetting(
    "hardness", "Hardness", 0, 100, PERCENT, "%", "How sharp the edge is (Shift+[ and Shift+])"
)
OPACITY: Final = BrushSetting(
    "opacity", "Opacity", 0, 100, PERCENT, "%", "What a whole stroke covers at most"
)
FLOW: Final = BrushSetting(
    "flow", "Flow", 1, 100, PERCENT, "%", "How much each dab of a stroke adds"
)
SPACING: Final = BrushSetting(
    "spacing", "Spacing", 1, 200, PERCENT, "%", "From dab to dab, of the brush's size"
)
BRUSH_SETTINGS: Final = (SIZE, HARDNESS, OPACITY, FLOW, SPACING)

_SLIDER_SIZE_PX: Final = 256


class _BrushField:
    """Keeps a control true to one field of the brush in hand.

    Args:
        control: when it goes, so does the binding.
        show: called with the field's value whenever it may be another one.
    """

    def __init__(
        self, control: QWidget, tools: Tools, name: str, show: Callable[[Any], None]
    ) -> None:
        self._tools = tools
        self._name = name
        self._show = show
        self._bindings = Bindings(control)
        self._bindings.add(tools.events.active, self.update)
        self._bindings.add(tools.events.brushes, self.update)

    @property
    def usual(self) -> Any:
        """What the field is at first, for the tool in hand or else for any brush."""
        return getattr(USUAL_BRUSHES.get(self._tools.active, Brush()), self._name)

    def update(self, _event: object = None) -> None:
        """Show the field of the brush in hand, if there is one."""
        if (brush := self._tools.brush) is not None:
            self._show(getattr(brush, self._name))

    def choose(self, value: float | bool) -> None:
        """Paint with another value from now on."""
        brush = self._tools.brush
        if brush is not None and getattr(brush, self._name) != value:
            change: dict[str, Any] = {self._name: value}
            self._tools.set_brush(self._tools.active, replace(brush, **change))


class BrushNumber(NumberControl):
    """One number of the brush in hand; a double click goes back to the tool's own usual one."""

    def __init__(self, tools: Tools, setting: BrushSetting, *, compact: bool = False) -> None:
        super().__init__(
            setting.label,
            setting.low,
            setting.high,
            big_step=10,
            slider_high=min(setting.high, _SLIDER_SIZE_PX),
            unit=setting.unit,
            tip=setting.tip,
            compact=compact,
        )
        self._scale = setting.scale
        self._field = _BrushField(self, tools, setting.field, self._show)
        self.value_changed.connect(self._on_value_changed)
        self._field.update()

    def _show(self, value: float) -> None:
        self.set_default(self._field.usual / self._scale)
        self.set_value(value / self._scale)

    def _on_value_changed(self, value: float) -> None:
        self._field.choose(value * self._scale)


class PressureBox(QCheckBox):
    """Whether the pen's pressure changes the brush in hand: `pressure_size` or
    `pressure_opacity`."""

    def __init__(self, tools: Tools, field: str, label: str) -> None:
        super().__init__(label)
        self._field = _BrushField(self, tools, field, self.setChecked)
        self.toggled.connect(self._field.choose)
        self._field.update()


class TargetButton(QToolButton):
    """Says whether painting changes the active layer or its own mask; a click chooses the other."""

    def __init__(self, layers: Layers) -> None:
        super().__init__()
        self._layers = layers
        self.setCheckable(True)
        self.setToolTip(
            "Paint on the layer's picture, or on its mask: white reveals, black hides (Ctrl+\\)"
        )
        self.clicked.connect(self._on_clicked)
        self._bindings = Bindings(self)
        self._bindings.add(layers.target_changed, self._show)
        self._show()

    def _show(self) -> None:
        self.setText(f"Paints on: {self._layers.target.value}")
        self.setChecked(self._layers.target is Target.LAYER_MASK)

    def _on_clicked(self) -> None:
        self._layers.toggle_target()
        # Qt checked it already, whatever came of it.
        self._show()


class ToleranceNumber(NumberControl):
    """How unlike a colour may be and still be taken by the magic wand or the bucket."""

    def __init__(self, tools: Tools, *, compact: bool = False) -> None:
        super().__init__(
            "Tolerance",
            0,
            100,
            big_step=10,
            default=Tools().tolerance / PERCENT,
            unit="%",
            tip="How unlike a colour may be and still be selected",
            compact=compact,
        )
        self._tools = tools
        self.value_changed.connect(self._on_value_changed)
        self._bindings = Bindings(self)
        self._bindings.add(tools.events.tolerance, self._show)
        self._show()

    def _show(self, _event: object = None) -> None:
        self.set_value(self._tools.tolerance / PERCENT)

    def _on_value_changed(self, value: float) -> None:
        self._tools.tolerance = value * PERCENT


class ContiguousBox(QCheckBox):
    """Whether only what hangs together with the place of the click is taken."""

    def __init__(self, tools: Tools) -> None:
        super().__init__("Contiguous")
        self.setToolTip("Only what hangs together with the place of the click")
        self._tools = tools
        self.toggled.connect(self._on_toggled)
        self._bindings = Bindings(self)
        self._bindings.add(tools.events.contiguous, self._show)
        self._show()

    def _show(self, _event: object = None) -> None:
        self.setChecked(self._tools.contiguous)

    def _on_toggled(self, checked: bool) -> None:
        self._tools.contiguous = checked


class MaskViewBox(QComboBox):
    """How the mask is shown."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.setAccessibleName("Mask view")
        self.setToolTip("How the mask is shown (Ctrl+H hides it)")
        for view in MaskView:
            self.addItem(view.value.capitalize(), view)
        wheel_needs_focus(self)
        self.activated.connect(self._on_activated)
        self._bindings = Bindings(self)
        self._bindings.add(tools.events.mask_view, self._show)
        self._show()

    def _show(self, _event: object = None) -> None:
        self.setCurrentIndex(self.findData(self._tools.mask_view))

    def _on_activated(self, _index: int) -> None:
        # Qt gives back a plain string.
        self._tools.mask_view = MaskView(self.currentData())


class MaskColourButton(QToolButton):
    """The colour of the mask's overlay; a click opens a dialog for it."""

    def __init__(self, tools: Tools) -> None:
        super().__init__()
        self._tools = tools
        self.setFixedSize(theme.CONTROL_HEIGHT, theme.CONTROL_HEIGHT)
        self.setAccessibleName("Mask colour")
        self.setToolTip("Colour of the mask's overlay")
        self.clicked.connect(self._on_clicked)
        self._bindings = Bindings(self)
        self._bindings.add(tools.events.mask_colour, self._on_colour_changed)

    def paintEvent(self, event: QPaintEvent) -> None:  # noqa: N802 - Qt's name
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        side = theme.ICON_SIZE
        place = QRectF((self.width() - side) / 2, (self.height() - side) / 2, side, side)
        painter.setPen(QPen(theme.color("quiet"), 1))
        painter.setBrush(QColor(*self._tools.mask_colour))
        painter.drawRoundedRect(place, theme.RADIUS / 2, theme.RADIUS / 2)

    def _on_clicked(self) -> None:
        choose_mask_colour(self._tools, self.window())

    def _on_colour_changed(self, _event: object = None) -> None:
        self.update()


def choose_mask_colour(tools: Tools, parent: QWidget) -> None:
    """Open a dialog for the colour of the mask's overlay; the mask follows it at once."""

    def use(colour: QColor) -> None:
        tools.mask_colour = (colour.red(), colour.green(), colour.blue())

    choose_colour("Mask colour", QColor(*tools.mask_colour), use, parent)


def choose_colour(
    title: str, colour: QColor, use: Callable[[QColor], None], parent: QWidget
) -> QColorDialog:
    """Open a dialog that blocks nothing; `use` is told each colour that is tried."""
    dialog = QColorDialog(colour, parent)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    dialog.setWindowTitle(title)
    dialog.setOption(QColorDialog.ColorDialogOption.NoButtons)
    dialog.setOption(QColorDialog.ColorDialogOption.DontUseNativeDialog)
    dialog.currentColorChanged.connect(use)
    dialog.show()
    return dialog
