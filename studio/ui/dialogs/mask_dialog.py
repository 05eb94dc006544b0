"""One or two numbers for the mask, seen on the canvas while they are chosen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import QPoint, Qt, QTimer
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QVBoxLayout, QWidget

from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.number_control import NumberControl
from studio.ui.session import Session
from studio.ui.session.painting.masking import MakeEdit, feathered, grown, of_colour, shrunk

WIDTH: Final = 340
# A slider being dragged asks for more than a large document can show.
PREVIEW_MS: Final = 40
_MOST_PX: Final = 500


class MaskDialog(QDialog):
    """Apply makes it a step of undo; Cancel and Escape leave the mask as it was. Blocks nothing:
    when another picture comes to the canvas it closes."""

    def __init__(
        self,
        title: str,
        session: Session,
        numbers: list[NumberControl],
        edit: Callable[[], MakeEdit],
        parent: QWidget,
    ) -> None:
        super().__init__(parent)
        self._document = session.masking.document
        self._edit = edit
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self.setFixedWidth(WIDTH)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * (theme.SPACE_L,)))
        layout.setSpacing(theme.SPACE_S)
        self._calm = QTimer(self, singleShot=True, interval=PREVIEW_MS)
        self._calm.timeout.connect(self._preview)
        for number in numbers:
            layout.addWidget(number)
            number.value_changed.connect(lambda _value: self._calm.start())
        buttons = QDialogButtonBox()
        apply = buttons.addButton("Apply", QDialogButtonBox.ButtonRole.AcceptRole)
        apply.setDefault(True)
        theme.set_role(apply, "primary")
        buttons.addButton("Cancel", QDialogButtonBox.ButtonRole.RejectRole)
        buttons.accepted.connect(self.accept)
        buttons.rejected.connect(self.reject)
        layout.addSpacing(theme.SPACE_S)
        layout.addWidget(buttons)
        self._bindings = Bindings(self)
        self._bindings.add(session.editing.document_changed, self._on_document_left)
        self._bindings.add(session.editing.on_canvas_changed, self._on_document_left)
        self._preview()
        self.adjustSize()
        # Over the panel on the left: the mask is to be seen.
        middle = (parent.height() - self.height()) // 2
        self.move(parent.mapToGlobal(QPoint(theme.SPACE_M, middle)))
        self.show()
        numbers[0].spin_box.selectAll()
        numbers[0].setFocus(Qt.FocusReason.OtherFocusReason)

    @classmethod
    def grow(cls, session: Session, parent: QWidget) -> MaskDialog:
        """Ask how much larger the mask is to be."""
        radius = _pixels("By", 8)
        return cls("Grow mask", session, [radius], lambda: grown(round(radius.value())), parent)

    @classmethod
    def shrink(cls, session: Session, parent: QWidget) -> MaskDialog:
        """Ask how much smaller the mask is to be."""
        radius = _pixels("By", 8)
        return cls("Shrink mask", session, [radius], lambda: shrunk(round(radius.value())), parent)

    @classmethod
    def feather(cls, session: Session, parent: QWidget) -> MaskDialog:
        """Ask how soft the mask's edge is to be."""
        width = _pixels("Width", 16)
        return cls(
            "Feather mask", session, [width], lambda: feathered(round(width.value())), parent
        )

    @classmethod
    def colour(cls, session: Session, parent: QWidget) -> MaskDialog:
        """Ask how near to the foreground colour the colours are that become the mask."""
        tolerance = _percent("Tolerance", 15, "How unlike the foreground colour it may be")
        softness = _percent("Softness", 10, "How gently it ends")
        colour = session.tools.foreground

        def edit() -> MakeEdit:
            return of_colour(colour, tolerance.value() / 100, softness.value() / 100)

        return cls("Mask a colour range", session, [tolerance, softness], edit, parent)

    def accept(self) -> None:
        self._calm.stop()
        if self._document is not None:
            self._document.do(self._edit()(self._document.content))
        super().accept()

    def reject(self) -> None:
        self._calm.stop()
        if self._document is not None:
            self._document.end_preview()
        super().reject()

    def _preview(self) -> None:
        if self._document is not None:
            self._document.preview(self._edit()(self._document.content).content)

    def _on_document_left(self) -> None:
        self.reject()


def _pixels(label: str, default: float) -> NumberControl:
    return NumberControl(
        label, 1, _MOST_PX, big_step=10, slider_high=100, default=default, unit="px"
    )


def _percent(label: str, default: float, tip: str) -> NumberControl:
    return NumberControl(label, 0, 100, big_step=10, default=default, unit="%", tip=tip)
