"""The bar at the mask: what to paint there, the candidates, and which one to keep."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QKeyEvent, QPixmap
from PySide6.QtWidgets import (
    QComboBox,
    QFrame,
    QHBoxLayout,
    QLineEdit,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from studio.document import Document
from studio.domain.events import Pixels
from studio.domain.inpaint import Intent
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.mask_details import MaskDetails
from studio.ui.canvas.picture_image import as_qimage
from studio.ui.controls.progress_button import ProgressButton
from studio.ui.icons import icon
from studio.ui.session import Session

WIDTH: Final = 460
THUMBNAIL_PX: Final = 56
INTENTS: Final = {
    Intent.REPLACE: ("Replace", "Something else in this place"),
    Intent.FILL: ("Fill", "Go on with what surrounds it; the prompt may stay empty"),
    Intent.ADD: ("Add", "Something on what is there"),
    Intent.REMOVE: ("Remove", "Take it away"),
    Intent.VARY: ("Vary", "Nearly the same, once more"),
}


class MaskBar(QFrame):
    """Stands beside the mask while there is one, and never over it if there is room elsewhere.

    Return paints; with candidates, 1 to 3 and the arrow keys choose, Return keeps, Escape discards.
    """

    def __init__(self, session: Session, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._inpainting = session.inpainting
        self._document: Document | None = None
        self.setObjectName("MaskBar")
        self.setAccessibleName("Paint under the mask")

        self._intent = QComboBox(self)
        self._intent.setAccessibleName("Intent")
        for label, tip in INTENTS.values():
            self._intent.addItem(label)
            self._intent.setItemData(self._intent.count() - 1, tip, Qt.ItemDataRole.ToolTipRole)
        self._intent.setToolTip("What to do with the place under the mask")
        self._prompt = QLineEdit(self)
        self._prompt.setAccessibleName("Prompt for the mask")
        self._prompt.setPlaceholderText("What should be here?")
        self._go = ProgressButton("Paint", self)
        self._go.setToolTip("Paint three candidates under the mask (Enter)")
        theme.set_role(self._go, "primary")

        first = QHBoxLayout()
        first.setSpacing(theme.SPACE_S)
        first.addWidget(self._intent)
        first.addWidget(self._prompt, stretch=1)
        first.addWidget(MaskDetails(session, self))
        first.addWidget(self._go)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*(4 * (theme.SPACE_S,)))
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(first)
        self._offer = _Offer(session, self)
        layout.addWidget(self._offer)

        self._prompt.installEventFilter(self)
        self._prompt.returnPressed.connect(self._on_return)
        self._prompt.editingFinished.connect(self._on_prompt_edited)
        self._go.clicked.connect(self._on_go)
        self._intent.activated.connect(self._on_intent_chosen)
        self._bindings = Bindings(self)
        self._bindings.add(self._inpainting.changed, self._on_changed)
        self._bindings.add(session.jobs.progress_changed, self._on_progress_changed)
        self._bindings.add(session.editing.document_changed, self._on_document_changed)
        self._on_document_changed()
        self._on_changed()

    @property
    def is_wanted(self) -> bool:
        """Whether there is something to paint under, or to choose from, on the canvas."""
        inpainting = self._inpainting
        return self._session.editing.is_on_canvas and (
            inpainting.has_mask or bool(inpainting.extend) or inpainting.is_showing
        )

    def place(self, mask: QRectF) -> None:
        """Stand beside the mask, given in the parent's coordinates, and inside the parent."""
        room = self._canvas.rect().adjusted(*_INSET)
        width = min(WIDTH, room.width())
        self.setFixedWidth(width)
        self.adjustSize()
        x = min(max(round(mask.center().x()) - width // 2, room.left()), room.right() - width)
        gap = theme.SPACE_M
        spots = (
            QPoint(x, round(mask.bottom()) + gap),
            QPoint(x, round(mask.top()) - gap - self.height()),
            QPoint(round(mask.right()) + gap, round(mask.center().y())),
            QPoint(round(mask.left()) - gap - width, round(mask.center().y())),
        )
        for spot in spots:
            if room.contains(QRect(spot, self.size())):
                self.move(spot)
                return
        self.move(x, room.bottom() - self.height())

    def key_press(self, event: QKeyEvent) -> bool:
        """Choose, keep or discard a candidate; False if the key says nothing here."""
        inpainting = self._inpainting
        if not self.isVisible() or not inpainting.candidates:
            return False
        match event.key():
            case Qt.Key.Key_1 | Qt.Key.Key_2 | Qt.Key.Key_3:
                inpainting.choose(event.key() - Qt.Key.Key_1)
            case Qt.Key.Key_Right:
                inpainting.choose_next()
            case Qt.Key.Key_Left:
                inpainting.choose_next(-1)
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                shift = bool(event.modifiers() & Qt.KeyboardModifier.ShiftModifier)
                inpainting.keep(and_others=shift)
            case Qt.Key.Key_Escape:
                inpainting.discard()
            case _:
                return False
        return True

    def focus_prompt(self) -> None:
        """Put the cursor into the prompt."""
        self._prompt.setFocus(Qt.FocusReason.ShortcutFocusReason)

    def _paint(self) -> None:
        self._on_prompt_edited()
        self._inpainting.generate(self._prompt.text())

    # Slots

    def _on_go(self) -> None:
        if self._inpainting.is_painting:
            self._inpainting.stop()
        else:
            self._paint()

    def _on_return(self) -> None:
        if not self._inpainting.is_painting:
            self._paint()

    def _on_prompt_edited(self) -> None:
        from studio.document.edits import set_prompt

        if self._document is not None:
            self._document.do(set_prompt(self._document.content, self._prompt.text()))

    def _on_intent_chosen(self) -> None:
        self._inpainting.set_intent(list(INTENTS)[self._intent.currentIndex()])

    def _on_document_changed(self) -> None:
        self._document = self._session.editing.document
        if self._document is not None:
            self._prompt.setText(self._document.content.prompt)

    def _on_changed(self) -> None:
        inpainting = self._inpainting
        extends = bool(inpainting.extend)
        self._intent.setVisible(not extends)
        self._intent.setCurrentIndex(list(INTENTS).index(inpainting.intent))
        self._prompt.setPlaceholderText(
            "What lies beyond the edges? May stay empty." if extends else "What should be here?"
        )
        again = "Again" if inpainting.candidates else "Paint"
        self._go.setText("Stop" if inpainting.is_painting else again)
        theme.set_role(
            self._go, "" if inpainting.is_painting or inpainting.candidates else "primary"
        )
        self._offer.show_candidates()
        self._on_progress_changed()
        self.adjustSize()

    def _on_progress_changed(self) -> None:
        progress = self._session.jobs.progress
        if progress is None or not self._inpainting.is_painting:
            self._go.show_progress(None)
        else:
            self._go.show_progress(progress.step / max(1, progress.total_steps))

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:  # noqa: N802 - Qt's name
        """Ctrl+Enter means this prompt, not the panel's; Escape goes back to the canvas."""
        if not isinstance(event, QKeyEvent):
            return super().eventFilter(watched, event)
        is_return = event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter)
        if event.type() == QEvent.Type.ShortcutOverride and is_return:
            event.accept()
            return True
        if event.type() == QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Escape:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)
            return True
        return super().eventFilter(watched, event)


class _Offer(QWidget):
    """The candidates as thumbnails, Keep and Discard."""

    def __init__(self, session: Session, parent: QWidget) -> None:
        super().__init__(parent)
        self._inpainting = session.inpainting
        self._thumbnails: list[QToolButton] = []
        layout = QHBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        for index in range(3):
            button = QToolButton(self)
            button.setCheckable(True)
            button.setObjectName("Candidate")
            button.setIconSize(QSize(THUMBNAIL_PX, THUMBNAIL_PX))
            button.setToolTip(f"Show candidate {index + 1} ({index + 1}, or the arrow keys)")
            button.setAccessibleName(f"Candidate {index + 1}")
            button.clicked.connect(lambda _checked, index=index: self._choose(index))
            layout.addWidget(button)
            self._thumbnails.append(button)
        layout.addStretch()
        self._discard = QToolButton(self)
        self._discard.setIcon(icon("x"))
        self._discard.setToolTip("Discard the candidates (Escape); they stay in the history")
        self._discard.setAccessibleName("Discard")
        self._discard.clicked.connect(self._inpainting.discard)
        self._keep = ProgressButton("Keep", self)
        self._keep.setToolTip("Make it a layer (Enter; with Shift, go on choosing)")
        theme.set_role(self._keep, "primary")
        self._keep.clicked.connect(lambda _checked: self._inpainting.keep())
        layout.addWidget(self._discard)
        layout.addWidget(self._keep)

    def show_candidates(self) -> None:
        """Bring the thumbnails to what there is to choose from."""
        candidates, chosen = self._inpainting.candidates, self._inpainting.chosen
        self.setVisible(bool(candidates) or self._inpainting.is_painting)
        for index, button in enumerate(self._thumbnails):
            is_there = index < len(candidates)
            button.setEnabled(is_there)
            button.setChecked(is_there and index == chosen)
            button.setIcon(_thumbnail(candidates[index].seen) if is_there else QIcon())
        self._discard.setEnabled(bool(candidates))
        self._keep.setEnabled(bool(candidates))

    def _choose(self, index: int) -> None:
        self._inpainting.choose(index)
        self.show_candidates()


_INSET: Final = (theme.SPACE_M, theme.SPACE_M, -theme.SPACE_M, -theme.SPACE_M)


def _thumbnail(pixels: Pixels) -> QPixmap:
    image = as_qimage(pixels).scaled(
        THUMBNAIL_PX * 2,
        THUMBNAIL_PX * 2,
        Qt.AspectRatioMode.KeepAspectRatio,
        Qt.TransformationMode.SmoothTransformation,
    )
    return QPixmap.fromImage(image)
