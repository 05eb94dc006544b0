"""The bar at the mask: what to paint there, the candidates, and which one to keep."""

from __future__ import annotations

from typing import Final

from PySide6.QtCore import QEvent, QObject, QPoint, QRect, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QTransform
from PySide6.QtWidgets import QComboBox, QFrame, QHBoxLayout, QLineEdit, QVBoxLayout, QWidget

from studio.document import Area, Document
from studio.domain.inpaint import Intent
from studio.domain.intents import INTENTS as INTENT_VALUES
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.canvas.candidate_strip import CandidateStrip
from studio.ui.canvas.mask_details import MaskDetails
from studio.ui.controls.progress_button import ProgressButton
from studio.ui.session import Session, ToolName

WIDTH: Final = 476
CONTINUING: Final = (Intent.FILL, Intent.REMOVE)
MORE_KEY: Final = Qt.Key.Key_N
INTENTS: Final = {
    Intent.REPLACE: ("Replace", "Something else in this place"),
    Intent.FILL: ("Fill", "Go on with what surrounds it; the prompt may stay empty"),
    Intent.ADD: ("Add", "Something on what is there"),
    Intent.REMOVE: ("Remove", "Take it away"),
    Intent.VARY: ("Vary", "Nearly the same, once more"),
}


class MaskBar(QFrame):
    """Stands beside the mask while there is one, and never over it if there is room elsewhere.

    Return in the prompt paints. With candidates, on the canvas, 1 to 9 and the arrow keys choose,
    N paints another three, Return keeps, Escape discards.
    """

    def __init__(self, session: Session, canvas: QWidget) -> None:
        super().__init__(canvas)
        self._canvas = canvas
        self._session = session
        self._inpainting = session.inpainting
        self._document: Document | None = None
        self._continues = False
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
        self._prompt.setToolTip("What the model is to paint there")
        self._go = ProgressButton("Paint", self)
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
        self._offer = CandidateStrip(session, self)
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

    def place(self, to_widget: QTransform) -> None:
        """Come to what is to be painted: the mask, or else all of the picture with what lies beyond
        its edges. Or go, if the bar isn't wanted.

        `to_widget` maps the document's pixels to the parent's coordinates.
        """
        self.setVisible(self.is_wanted)
        document = self._session.editing.document
        if document is None or not self.is_wanted:
            return
        content, extend = document.content, self._inpainting.extend
        place = content.mask.bounds()
        if place.is_empty or extend:
            # Candidates beyond the edges are shown in a document as large as with them.
            left, top = (0, 0) if document.size != content.size else (extend.left, extend.top)
            place = Area.whole(extend.of(content.size)).moved(-left, -top)
        if self._session.tools.active is ToolName.AREA:
            box = self._session.working_area.box
            place = place if box is None else place.around(box)  # whose handles are to be reached
        self._stand_beside(to_widget.mapRect(QRectF(place.x, place.y, place.width, place.height)))
        self.raise_()

    def claims(self, event: QKeyEvent) -> bool:
        """Whether a key on the canvas chooses a candidate, whatever else it is a shortcut for."""
        choosing = self.isVisible() and bool(self._inpainting.candidates)
        return choosing and _is_digit(event.key()) and not event.modifiers()

    def key_press(self, event: QKeyEvent) -> bool:
        """Choose, keep or discard a candidate; False if the key says nothing here."""
        inpainting = self._inpainting
        if not self.isVisible() or not inpainting.candidates:
            return False
        match event.key():
            case key if _is_digit(key):
                inpainting.choose(key - Qt.Key.Key_1)
            case key if key == MORE_KEY and not event.modifiers():
                self._paint()
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

    def _stand_beside(self, mask: QRectF) -> None:
        """Stand beside the mask, given in the parent's coordinates, and inside the parent."""
        room = self._canvas.rect().adjusted(*_INSET)
        width = min(WIDTH, room.width())
        self.setFixedWidth(width)
        self._offer.fit(width - 2 * theme.SPACE_S)
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

    def _paint(self) -> None:
        self._on_prompt_edited()
        prompt, intent = self._prompt.text(), self._inpainting.intent
        self._inpainting.generate(prompt)
        # The keys now choose; but where words are missing, they are to be written.
        if prompt.strip() or self._inpainting.extend or not INTENT_VALUES[intent].needs_prompt:
            self._canvas.setFocus(Qt.FocusReason.OtherFocusReason)

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

        if self._document is not None and not self._continues:
            self._document.do(set_prompt(self._document.content, self._prompt.text()))

    def _on_intent_chosen(self) -> None:
        self._inpainting.set_intent(list(INTENTS)[self._intent.currentIndex()])

    def _on_document_changed(self) -> None:
        self._document = self._session.editing.document
        self._show_words()

    def _on_changed(self) -> None:
        inpainting = self._inpainting
        extends = bool(inpainting.extend)
        self._intent.setVisible(not extends)
        self._intent.setCurrentIndex(list(INTENTS).index(inpainting.intent))
        if self._continues != (extends or inpainting.intent in CONTINUING):
            self._continues = not self._continues
            self._show_words()
        self._show_go()
        self._offer.show_candidates()
        self._on_progress_changed()
        self.adjustSize()

    def _show_words(self) -> None:
        """The document's prompt, for a thing to be drawn; none for what surrounds the place and is
        to go on there, or the thing in the picture would be drawn once more."""
        self._prompt.setPlaceholderText(
            "May stay empty" if self._continues else "What should be here?"
        )
        prompt = "" if self._document is None or self._continues else self._document.content.prompt
        self._prompt.setText(prompt)

    def _show_go(self) -> None:
        """What the button does: paint, paint more, or stop."""
        inpainting, go = self._inpainting, self._go
        if inpainting.is_painting:
            text, tip = "Stop", "Paint no more; what is there stays"
        elif inpainting.candidates:
            text, tip = "Another three", "Paint three more; these stay (N)"
        else:
            text, tip = "Paint", "Paint three candidates (Enter)"
        go.setEnabled(inpainting.is_painting or inpainting.has_room)
        go.setText(text)
        go.setToolTip(tip if go.isEnabled() else "Keep or discard these nine first")
        theme.set_role(go, "" if inpainting.is_painting or inpainting.candidates else "primary")

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


# At the lower edge stands how far the job is.
_INSET: Final = (theme.SPACE_M, theme.SPACE_M, -theme.SPACE_M, -theme.SPACE_XL)


def _is_digit(key: int) -> bool:
    return Qt.Key.Key_1 <= key <= Qt.Key.Key_9
