"""What the optimised method is told, and how it gets on."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QComboBox, QVBoxLayout, QWidget

from studio.catalog.style_networks import find_vgg
from studio.domain.stylize import MAX_ITERATIONS, USUAL_WEIGHTS, StyleLoss
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import field_row, keep_narrow, plain_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.wheel import wheel_needs_focus
from studio.ui.session import Session
from studio.ui.style.loss_curves import LossCurves

LOSSES: Final = {
    StyleLoss.WASSERSTEIN: ("Wasserstein", "Compares features as heaps of earth to be moved"),
    StyleLoss.GRAM: ("Gram", "Compares how features go together, as Gatys et al. did in 2016"),
}
# In the unit of the sliders: a content weight of 0.05 is shown as 50.
_CONTENT_UNIT: Final = 1000
_OWN_NETWORK: Final = "the small Inception v3 that comes along"


class OptimisedDetails(QWidget):
    """The weights count at once, also while it runs."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._restyling = session.restyling
        self.iterations = NumberControl(
            "Iterations", 1, MAX_ITERATIONS, slider_high=1000, step=10, big_step=100, fine_step=1,
            default=300, tip="How many steps it takes; it can be ended before", parent=self,
        )  # fmt: skip
        self.content = NumberControl(
            "Content", 0, 1000, slider_high=200, big_step=10, decimals=1,
            default=USUAL_WEIGHTS.content * _CONTENT_UNIT, parent=self,
            tip="How near it stays to the picture; takes effect at once, while it runs, too",
        )  # fmt: skip
        self.smoothness = NumberControl(
            "Smooth", 0, 100, slider_high=10, step=0.5, big_step=2, fine_step=0.1, decimals=1,
            default=USUAL_WEIGHTS.smoothness, parent=self,
            tip="How even it is from pixel to pixel; takes effect at once, while it runs, too",
        )  # fmt: skip
        self.loss = QComboBox(self)
        for text, tip in LOSSES.values():
            self.loss.addItem(text)
            self.loss.setItemData(self.loss.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        keep_narrow(self.loss)
        wheel_needs_focus(self.loss)
        self.network = plain_label(role="small")
        self.network.setWordWrap(True)
        self.network.setToolTip(
            "A VGG-19 (vgg19….safetensors) in the models' folder “style” is taken before it"
        )
        vgg = find_vgg(session.catalog.folders)
        self.network.setText(f"Looks with {_OWN_NETWORK if vgg is None else vgg.stem}")
        self.curves = LossCurves(self)

        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        for control in (self.iterations, self.content, self.smoothness):
            layout.addWidget(control)
        layout.addLayout(field_row("Loss", self.loss))
        layout.addWidget(self.network)
        layout.addWidget(self.curves)

        self.iterations.value_changed.connect(self._on_iterations_chosen)
        self.content.value_changed.connect(self._on_weights_chosen)
        self.smoothness.value_changed.connect(self._on_weights_chosen)
        self.loss.activated.connect(self._on_loss_chosen)
        self._bindings = Bindings(self)
        self._bindings.add(self._restyling.wishes_changed, self._show)
        self._bindings.add(self._restyling.progress_changed, self._show_losses)
        self._show()
        self._show_losses()

    def _show(self) -> None:
        wishes = self._restyling.wishes
        self.iterations.set_value(wishes.iterations)
        self.content.set_value(wishes.weights.content * _CONTENT_UNIT)
        self.smoothness.set_value(wishes.weights.smoothness)
        self.loss.setCurrentIndex(list(LOSSES).index(wishes.loss))
        self.loss.setToolTip(LOSSES[wishes.loss][1])

    def _show_losses(self) -> None:
        self.curves.show_losses(self._restyling.losses)

    def _on_iterations_chosen(self, iterations: float) -> None:
        self._restyling.set_wishes(replace(self._restyling.wishes, iterations=round(iterations)))

    def _on_weights_chosen(self, _weight: float) -> None:
        weights = replace(
            self._restyling.wishes.weights,
            content=self.content.value() / _CONTENT_UNIT,
            smoothness=self.smoothness.value(),
        )
        self._restyling.set_wishes(replace(self._restyling.wishes, weights=weights))

    def _on_loss_chosen(self, index: int) -> None:
        self._restyling.set_wishes(replace(self._restyling.wishes, loss=list(LOSSES)[index]))
