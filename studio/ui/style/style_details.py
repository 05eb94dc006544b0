"""How the picture takes on a style: by which method, and what that is told."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from studio.document.restyling import RestyleMethod
from studio.domain.stylize import StyleColours
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.choice_row import ChoiceRow
from studio.ui.controls.fields import field_row, keep_narrow
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.text_field import TextField
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Session
from studio.ui.style.diffusion_details import DiffusionDetails
from studio.ui.style.mask_side import MaskSide
from studio.ui.style.optimised_details import OptimisedDetails

METHODS: Final = {
    RestyleMethod.INSTANT: ("Instant", "Two small nets paint it at once, from any style picture"),
    RestyleMethod.OPTIMISED: (
        "Optimised",
        "The picture comes nearer to the style step by step: slow, and closest to the brush",
    ),
    RestyleMethod.DIFFUSION: ("Diffusion", "The model of the prompt panel repaints it"),
}
COLOURS: Final = {
    StyleColours.STYLE: ("Take the style's", "The style's colours come with it"),
    StyleColours.LUMINANCE: (
        "Keep the picture's",
        "Only light and dark come from the style; every colour stays where it is",
    ),
    StyleColours.HISTOGRAM: (
        "Match the picture's",
        "The style is painted with the picture's colours, wherever the brush puts them",
    ),
}
_WORDS_ONLY: Final = "Which style? For example: an oil painting by the sea"
_BESIDE_PICTURES: Final = "What the style picture doesn't say (may stay empty)"
_STRENGTH_TIPS: Final = {
    RestyleMethod.INSTANT: "How much of the style: at 0 the picture is painted in its own",
    RestyleMethod.OPTIMISED: "",
    RestyleMethod.DIFFUSION: "How far it may go from the picture: at 100 nothing of it is left",
}


class StyleDetails(QWidget):
    """Bound to the session both ways; holds no value of its own. The choice of the `method` isn't
    laid out here: it stands above the shelf, where it stays when that goes."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._restyling = session.restyling
        self._styles = session.styles
        self.method = ChoiceRow("Method", METHODS)
        self.strength = NumberControl(
            "Strength", 0, 100, big_step=10, step=1, default=100, unit="%", parent=self
        )
        self.colours = QComboBox(self)
        for text, tip in COLOURS.values():
            self.colours.addItem(text)
            self.colours.setItemData(self.colours.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        keep_narrow(self.colours)
        wheel_needs_focus(self.colours)
        self.prompt = TextField(fewest_lines=2, parent=self)
        self.prompt.setAccessibleName("Style as words")
        self.prompt.setToolTip("What style the model paints in (Ctrl+Enter applies it)")
        self._colours_row = QWidget(self)
        self._colours_row.setLayout(field_row("Colours", self.colours))
        self.optimised = OptimisedDetails(session, self)
        self.diffusion = DiffusionDetails(session, self)
        self.mask_side = MaskSide(session, self)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        parts: tuple[QWidget, ...] = (
            self.prompt,
            self.strength,
            self.diffusion,
            self._colours_row,
            self.mask_side,
            self.optimised,
        )
        for part in parts:
            layout.addWidget(part)

        self.method.chosen.connect(self._on_method_chosen)
        self.strength.value_changed.connect(self._on_strength_chosen)
        self.colours.activated.connect(self._on_colours_chosen)
        self.prompt.textChanged.connect(self._on_prompt_typed)
        self.prompt.submitted.connect(self._restyling.apply)
        self.prompt.installEventFilter(self)
        self._bindings = Bindings(self)
        self._bindings.add(self._restyling.wishes_changed, self._show)
        self._show()

    def _show(self) -> None:
        wishes = self._restyling.wishes
        method = wishes.method
        self.method.set_value(method)
        self.strength.set_value(round(wishes.strength * 100))
        self.strength.setToolTip(_STRENGTH_TIPS[method])
        self.strength.setVisible(method is not RestyleMethod.OPTIMISED)
        self._colours_row.setVisible(method is not RestyleMethod.DIFFUSION)
        self.colours.setCurrentIndex(list(COLOURS).index(wishes.colours))
        self.colours.setToolTip(COLOURS[wishes.colours][1])
        for part in (self.prompt, self.diffusion):
            part.setVisible(method is RestyleMethod.DIFFUSION)
        sees_styles = self._restyling.guiding.sees_styles
        self.prompt.setPlaceholderText(_BESIDE_PICTURES if sees_styles else _WORDS_ONLY)
        if self.prompt.toPlainText() != self._restyling.prompt:
            self.prompt.setPlainText(self._restyling.prompt)
        self.optimised.setVisible(method is RestyleMethod.OPTIMISED)

    # Slots

    def _on_method_chosen(self, method: str) -> None:
        self._restyling.set_method(RestyleMethod(method))
        # It paints one side of the mask only.
        if self._restyling.wishes.method is RestyleMethod.DIFFUSION:
            self._styles.choose_for(outside=False)

    def _on_strength_chosen(self, percent: float) -> None:
        self._restyling.set_strength(percent / 100)

    def _on_colours_chosen(self, index: int) -> None:
        self._restyling.set_colours(list(COLOURS)[index])

    def _on_prompt_typed(self) -> None:
        self._restyling.set_prompt(self.prompt.toPlainText())

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ctrl+Enter means this prompt, not the prompt panel's."""
        is_override = event.type() == QEvent.Type.ShortcutOverride
        enter_keys = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if is_override and isinstance(event, QKeyEvent) and event.key() in enter_keys:
            event.accept()
            return True
        return super().eventFilter(watched, event)
