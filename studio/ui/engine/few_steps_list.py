"""LoRAs with which the model draws in few steps, as a list with a check box for each."""

from __future__ import annotations

from PySide6.QtWidgets import QCheckBox, QVBoxLayout, QWidget

from studio.domain.model import FAMILY_TITLES
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import plain_label, plain_tooltip, row, say, sentence_label
from studio.ui.session import Session
from studio.ui.session.drafting.few_steps import FewStepLora

_TIP = (
    "Puts the LoRA beside the prompt with the steps, guidance and scheduler that it was made for; "
    "switched off, what stood there comes back"
)


class FewStepsList(QWidget):
    """Follows the prompt panel: what is switched on here stands there."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self.boxes: dict[str, QCheckBox] = {}
        self.says = sentence_label("small")
        self._lines = QVBoxLayout()
        self._lines.setSpacing(theme.SPACE_XS)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_XS)
        layout.addWidget(plain_label("Fewer steps for this model", "quiet"))
        layout.addLayout(self._lines)
        layout.addWidget(self.says)
        self._bindings = Bindings(self)
        self._bindings.add(session.models.changed, self._offer)
        self._bindings.add(session.draft.events.model, self._on_draft_changed)
        self._bindings.add(session.draft.events.loras, self._on_draft_changed)
        self._offer()

    def _on_draft_changed(self, _value: object) -> None:
        self._offer()

    def _offer(self) -> None:
        few = self._session.few_steps
        offers = few.offers()
        if [offer.addon.name for offer in offers] != list(self.boxes):
            self._lay_out()
        for offer in offers:
            self.boxes[offer.addon.name].setChecked(few.is_on(offer))
        family = self._session.draft.model.family
        title = FAMILY_TITLES.get(family, family)
        none = f"No LCM, Lightning or Hyper LoRA for {title} is on this disk; see Models."
        say(self.says, "" if offers else none)

    def _lay_out(self) -> None:
        while (item := self._lines.takeAt(0)) is not None:
            if (line := item.widget()) is not None:
                line.deleteLater()
        self.boxes = {}
        for offer in self._session.few_steps.offers():
            box = self.boxes[offer.addon.name] = QCheckBox(offer.addon.title.replace("&", "&&"))
            box.setToolTip(plain_tooltip(_TIP))
            box.clicked.connect(lambda on, offer=offer: self._on_clicked(offer, on))
            line = QWidget()
            beside = row(box, plain_label(f"lossy · {offer}", "small"))
            beside.addStretch(1)
            line.setLayout(beside)
            self._lines.addWidget(line)

    def _on_clicked(self, offer: FewStepLora, on: bool) -> None:
        few = self._session.few_steps
        if on:
            few.switch_on(offer)
        else:
            few.switch_off()
        self._offer()
