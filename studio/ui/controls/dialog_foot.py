"""The last line of a dialog that is answered."""

from __future__ import annotations

from PySide6.QtWidgets import QDialog, QHBoxLayout, QPushButton

from studio.ui import theme


class DialogFoot(QHBoxLayout):
    """The button that accepts a dialog, `primary`, which Enter presses too, and Cancel before it.

    Args:
        dialog: what holds the foot has to be in it already, for Enter to find the button.
        text: what the primary button does.
    """

    def __init__(self, dialog: QDialog, text: str) -> None:
        super().__init__()
        self.setContentsMargins(0, 0, 0, 0)
        self.setSpacing(theme.SPACE_S)
        self.primary = QPushButton(text)
        self.primary.setDefault(True)
        theme.set_role(self.primary, "primary")
        self.primary.clicked.connect(dialog.accept)
        cancel = QPushButton("Cancel")
        theme.set_role(cancel, "queue")
        cancel.clicked.connect(dialog.reject)
        self.addStretch(1)
        self.addWidget(cancel)
        self.addWidget(self.primary)
