"""Where a token is typed in; it goes into the system's keyring and nowhere else."""

from __future__ import annotations

import importlib.util

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QLineEdit, QPushButton, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.controls.fields import plain_label, row
from studio.ui.session import Session


class TokenRow(QWidget):
    """`done` says that one was typed in and given away."""

    done = Signal()

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        has_keyring = importlib.util.find_spec("keyring") is not None
        self.field = QLineEdit()
        self.field.setEchoMode(QLineEdit.EchoMode.Password)
        self.field.setPlaceholderText("Token of Hugging Face")
        self.field.setAccessibleName("Token of Hugging Face")
        self.keep = QPushButton("Keep it in the keyring")
        self.keep.setEnabled(False)
        self.field.setEnabled(has_keyring)
        says = "It is kept in your system's keyring and sent to Hugging Face only."
        if not has_keyring:
            says = (
                "There is no keyring to keep a token in: install “pentimento[keyring]”, or set "
                "HF_TOKEN before starting the studio."
            )
        self.says = plain_label(says, "small")
        self.says.setWordWrap(True)
        line = row(self.field, self.keep)
        line.setStretch(0, 1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addLayout(line)
        layout.addWidget(self.says)
        self.field.textChanged.connect(lambda text: self.keep.setEnabled(bool(text.strip())))
        self.field.returnPressed.connect(self._on_keep)
        self.keep.clicked.connect(self._on_keep)

    def _on_keep(self) -> None:
        if token := self.field.text().strip():
            self.field.clear()
            self._session.model_downloads.keep_token(token)
            self.done.emit()
