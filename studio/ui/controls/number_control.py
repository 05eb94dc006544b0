"""A number: a label, a slider for the usual range and a spin box for every possible value."""

from __future__ import annotations

from PySide6.QtCore import QEvent, QObject, QSignalBlocker, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QWheelEvent
from PySide6.QtWidgets import (
    QDoubleSpinBox,
    QHBoxLayout,
    QSlider,
    QStyle,
    QWidget,
)

from studio.ui import theme
from studio.ui.controls.fields import field_label

_WHEEL_NOTCH = 120
_UP_KEYS = (Qt.Key.Key_Up, Qt.Key.Key_PageUp)
_DOWN_KEYS = (Qt.Key.Key_Down, Qt.Key.Key_PageDown)
_PAGE_KEYS = (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown)


class _SpinBox(QDoubleSpinBox):
    """Shows one decimal at least and no more than the value has."""

    def textFromValue(self, value: float) -> str:  # noqa: N802 - Qt's name
        if self.decimals() == 0:
            return self.locale().toString(round(value))
        digits = f"{value:.{self.decimals()}f}".rstrip("0").partition(".")[2]
        return self.locale().toString(value, "f", max(1, len(digits)))


class NumberControl(QWidget):
    """`value_changed` emits when a person changes the value, not when a program sets it.

    Arrow keys and the wheel (only with focus) go by `step`, with Shift by `big_step`, with Ctrl by
    `fine_step`. A double click on slider or label goes back to the default. The slider goes from
    `slider_low` to `slider_high`, typing from `low` to `high`. A `compact` one has no slider and a
    label no wider than its text.
    """

    value_changed = Signal(float)

    def __init__(
        self,
        label: str,
        low: float,
        high: float,
        *,
        step: float = 1.0,
        big_step: float | None = None,
        fine_step: float | None = None,
        slider_low: float | None = None,
        slider_high: float | None = None,
        decimals: int = 0,
        default: float | None = None,
        unit: str = "",
        tip: str = "",
        compact: bool = False,
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._resolution = 10.0**-decimals
        self._step = step
        self._big_step = 5 * step if big_step is None else big_step
        self._fine_step = self._resolution if fine_step is None else fine_step
        self._default = low if default is None else default
        self._wheel_angle = 0

        self._spin = _SpinBox()
        self._spin.setDecimals(decimals)
        self._spin.setRange(low, high)
        self._spin.setSingleStep(step)
        self._spin.setSuffix(f" {unit}" if unit else "")
        self._spin.setAlignment(Qt.AlignmentFlag.AlignRight)
        self._spin.lineEdit().setTextMargins(0, 0, theme.SPACE_XS, 0)
        self._spin.setFixedSize(theme.NUMBER_WIDTH, theme.CONTROL_HEIGHT)
        self._spin.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._spin.setValue(self._default)
        self._slider = QSlider(Qt.Orientation.Horizontal)
        self._slider.setRange(
            self._position(low if slider_low is None else slider_low),
            self._position(high if slider_high is None else slider_high),
        )
        # Tab goes from spin box to spin box: each number is one stop.
        self._slider.setFocusPolicy(Qt.FocusPolicy.ClickFocus)
        self._slider.setMinimumWidth(2 * theme.HIT_SIZE)
        self._slider.setValue(self._position(self._default))
        self._slider.setAccessibleName(label)
        self._label = field_label(label, self._spin)
        self.setFocusProxy(self._spin)
        self.setAccessibleName(label)
        if tip:
            self.setToolTip(tip)
        self._lay_out(compact)

        self._spin.valueChanged.connect(self._on_spin_changed)
        self._slider.valueChanged.connect(self._on_slider_changed)
        for child in (self._label, self._slider, self._spin):
            child.installEventFilter(self)

    def _lay_out(self, compact: bool) -> None:
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addWidget(self._label)
        layout.addWidget(self._slider, 1)
        layout.addWidget(self._spin)
        if compact:
            width = self._label.fontMetrics().horizontalAdvance(self._label.text())
            self._label.setFixedWidth(width + 2)
            self._slider.hide()
            layout.setSpacing(theme.SPACE_XS)

    @property
    def slider(self) -> QSlider:
        return self._slider

    @property
    def spin_box(self) -> QDoubleSpinBox:
        return self._spin

    def value(self) -> float:
        return self._spin.value()

    def set_value(self, value: float) -> None:
        """Show a value; nothing is announced."""
        with QSignalBlocker(self._spin), QSignalBlocker(self._slider):
            if value != self._spin.value():
                self._spin.setValue(value)
            self._slider.setValue(self._position(self._spin.value()))

    def set_default(self, value: float) -> None:
        """Choose what a double click goes back to."""
        self._default = value

    def _position(self, value: float) -> int:
        return round(value / self._resolution)

    def _choose(self, value: float) -> None:
        before = self.value()
        self.set_value(value)
        if self.value() != before:
            self.value_changed.emit(self.value())

    def _nudge(self, steps: int, modifiers: Qt.KeyboardModifier, page: bool = False) -> None:
        size = self._big_step if page else self._step
        if modifiers & Qt.KeyboardModifier.ShiftModifier:
            size = self._big_step
        elif modifiers & Qt.KeyboardModifier.ControlModifier:
            size = self._fine_step
        self._choose(self.value() + steps * size)

    def _on_spin_changed(self, value: float) -> None:
        with QSignalBlocker(self._slider):
            self._slider.setValue(self._position(value))
        self.value_changed.emit(value)

    def _on_slider_changed(self, position: int) -> None:
        # Dragging goes by whole steps; the exact value is for the spin box and fine steps.
        value = position * self._resolution
        if self._slider.isSliderDown():
            low = self._spin.minimum()
            value = low + round((value - low) / self._step) * self._step
        self._choose(value)

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        match event:
            case QWheelEvent() if watched is not self._label:
                return self._turned(event)
            case QKeyEvent() if event.type() is QEvent.Type.KeyPress:
                return self._pressed(watched, event)
            case QMouseEvent() if event.type() is QEvent.Type.MouseButtonDblClick:
                if watched is not self._spin:
                    self._choose(self._default)
                    return True
            case QMouseEvent() if event.type() is QEvent.Type.MouseButtonPress:
                if watched is self._slider and event.button() is Qt.MouseButton.LeftButton:
                    self._jump_to(event.position().x())
        return False

    def _turned(self, event: QWheelEvent) -> bool:
        if not (self._spin.hasFocus() or self._slider.hasFocus()):
            event.ignore()
            return True
        self._wheel_angle += event.angleDelta().y() or event.angleDelta().x()
        notches = int(self._wheel_angle / _WHEEL_NOTCH)
        self._wheel_angle -= notches * _WHEEL_NOTCH
        if notches:
            self._nudge(notches, event.modifiers())
        event.accept()
        return True

    def _pressed(self, watched: QObject, event: QKeyEvent) -> bool:
        ups: tuple[Qt.Key, ...] = _UP_KEYS
        downs: tuple[Qt.Key, ...] = _DOWN_KEYS
        if watched is self._slider:
            ups, downs = (*ups, Qt.Key.Key_Right), (*downs, Qt.Key.Key_Left)
        if event.key() not in ups + downs:
            return False
        direction = 1 if event.key() in ups else -1
        self._nudge(direction, event.modifiers(), page=event.key() in _PAGE_KEYS)
        return True

    def _jump_to(self, x: float) -> None:
        """Put the handle under the mouse before the slider looks where it was pressed."""
        handle = self._slider.style().pixelMetric(QStyle.PixelMetric.PM_SliderLength)
        position = QStyle.sliderValueFromPosition(
            self._slider.minimum(),
            self._slider.maximum(),
            round(x - handle / 2),
            max(1, self._slider.width() - handle),
        )
        value = position * self._resolution
        low = self._spin.minimum()
        self._choose(low + round((value - low) / self._step) * self._step)
