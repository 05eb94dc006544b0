"""What a model begins with: its maker's values, or those that the artist keeps for it."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from studio.domain.model import ModelInfo
from studio.ui import theme
from studio.ui.controls.fields import row, say
from studio.ui.models.card_parts import text_label
from studio.ui.session import Session
from studio.ui.session.models.model_defaults import ModelDefaults


class DefaultsBox(QWidget):
    """Says the values in a line; keeps the prompt panel's, or goes back to the maker's."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._model: ModelInfo | None = None
        self.says = text_label()
        self.keep = QPushButton("Keep the present values")
        self.keep.setToolTip(
            "Steps, guidance, scheduler, size, finish, VAE, clip skip and what is left out, as "
            "they stand in the prompt panel, come with this model from now on"
        )
        self.reset = QPushButton("Reset")
        self.reset.setToolTip("Begin with its maker's values again")
        buttons = row(self.keep, self.reset)
        buttons.setAlignment(Qt.AlignmentFlag.AlignLeft)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(self.says)
        layout.addLayout(buttons)
        self.keep.clicked.connect(self._on_keep)
        self.reset.clicked.connect(self._on_reset)

    def show_model(self, model: ModelInfo | None) -> None:
        """Tell of a model."""
        self._model = model
        if model is None:
            return
        kept = self._session.models.marks.defaults(model.name)
        size = model.native_size
        maker = ModelDefaults(
            model.default_steps,
            model.default_guidance_scale,
            model.default_scheduler,
            size.width,
            size.height,
            model.default_upscale,
        )
        whose = "its maker's values" if kept is None else "your values"
        say(self.says, f"{(kept or maker).sentence()} ({whose})")
        in_use = self._session.models.is_in_use(model)
        self.keep.setVisible(in_use)
        self.reset.setVisible(kept is not None)

    def _on_keep(self) -> None:
        if self._model is not None:
            self._session.models.keep_defaults(self._model)

    def _on_reset(self) -> None:
        if self._model is not None:
            self._session.models.reset_defaults(self._model)
