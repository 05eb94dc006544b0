"""What the empty canvas says: how to begin, three prompts to try, and how the engine is."""

from __future__ import annotations

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel, QPushButton, QVBoxLayout, QWidget

from studio.domain.model import ModelInfo
from studio.engine import EngineState, EngineStatus
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.session import Session

EXAMPLES = 3
EXAMPLE_WIDTH = 420


class Welcome(QWidget):
    """Quiet type in the middle of the canvas, shown while there is no picture."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._bindings = Bindings(self)
        self._title = _label("What would you like to see?", "title")
        self._hint = _label("", "canvas")
        self._drop = _label("or drop a picture here to start from it", "canvas")
        self._status = _label("", "canvas")
        self._examples = [QPushButton(self) for _ in range(EXAMPLES)]

        layout = QVBoxLayout(self)
        layout.setSpacing(theme.SPACE_S)
        centre = Qt.AlignmentFlag.AlignHCenter
        layout.addStretch()
        layout.addWidget(self._title)
        layout.addWidget(self._hint)
        layout.addSpacing(theme.SPACE_M)
        for index, button in enumerate(self._examples):
            button.clicked.connect(partial(self._on_example_clicked, index))
            theme.set_role(button, "example")
            button.setCursor(Qt.CursorShape.PointingHandCursor)
            layout.addWidget(button, alignment=centre)
        layout.addSpacing(theme.SPACE_M)
        layout.addWidget(self._drop)
        layout.addSpacing(theme.SPACE_L)
        layout.addWidget(self._status)
        layout.addStretch()

        self._bindings.add(session.draft.events.model, self._on_model_changed)
        self._bindings.add(session.engine.status_changed, self._on_status_changed)
        self._on_model_changed(session.draft.model)
        self._on_status_changed(session.engine.status)

    def _on_model_changed(self, model: ModelInfo) -> None:
        prompts = model.example_prompts[:EXAMPLES]
        self._hint.setText(
            "Describe it in the prompt, or begin with one of these"
            if prompts
            else "Describe it in the prompt and press Ctrl+Enter"
        )
        for index, button in enumerate(self._examples):
            button.setVisible(index < len(prompts))
        for button, prompt in zip(self._examples, prompts, strict=False):
            shown = button.fontMetrics().elidedText(
                prompt, Qt.TextElideMode.ElideRight, EXAMPLE_WIDTH
            )
            button.setText(shown.replace("&", "&&"))
            button.setAccessibleName(f"Generate: {prompt}")

    def _on_example_clicked(self, index: int) -> None:
        self._session.draft.prompt = self._session.draft.model.example_prompts[index]
        self._session.generation.generate()

    def _on_status_changed(self, status: EngineStatus) -> None:
        match status.state:
            case EngineState.COLD | EngineState.WARMING:
                text = "The engine is warming up; you can write already."
            case EngineState.FAILED:
                text = f"The engine can’t start. {status.detail}".strip()
            case _:
                text = ""
        self._status.setText(text)


def _label(text: str, role: str) -> QLabel:
    label = QLabel(text)
    label.setTextFormat(Qt.TextFormat.PlainText)
    label.setAlignment(Qt.AlignmentFlag.AlignCenter)
    label.setWordWrap(True)
    theme.set_role(label, role)
    return label
