"""What can be downloaded, and what is being downloaded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QShowEvent
from PySide6.QtWidgets import QFrame, QLineEdit, QPushButton, QScrollArea, QVBoxLayout, QWidget

from studio.catalog.downloads import Destination, Offer
from studio.domain.errors import StudioError
from studio.domain.fit import amount
from studio.domain.model import FAMILY_TITLES
from studio.ui import theme
from studio.ui.bindings import Bindings
from studio.ui.controls.fields import row, say, sentence_label
from studio.ui.models.card_parts import text_label
from studio.ui.models.download_row import DownloadRow
from studio.ui.models.rows import Row, RowsView
from studio.ui.models.search_field import SearchField
from studio.ui.models.token_row import TokenRow
from studio.ui.session import Session

_RUNNING_HEIGHT: Final = 220
# A card of 12 GB tells a little less.
_TOLD_SHARE: Final = 0.95
_NO_OFFERS: Final = "There are no offers."
_NONE_FOUND: Final = "No offer has these words. Any repository or address can be typed above."
_CALM: Final = "Nothing is asked of the network until you press Download."


class DownloadsPage(QWidget):
    """An address or an offer, then the host that will be asked for it, if it never was; then it
    runs at the top."""

    def __init__(self, session: Session, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._session = session
        self._downloads = session.model_downloads
        self._rows: dict[str, DownloadRow] = {}
        self._under_way: set[str] = set()
        self._go_on: Callable[[], None] | None = None
        self.address = QLineEdit()
        self.address.setPlaceholderText("Repository, such as org/name, or the address of a file")
        self.address.setAccessibleName("Repository or address")
        self.address.setToolTip(
            "A repository of Hugging Face (org/name, org/name:file) or an https address; "
            "#sha256=… behind it is checked"
        )
        self.get = QPushButton("Download")
        self.get.setEnabled(False)
        self.token = QPushButton("Token…")
        self.token.setCheckable(True)
        self.token.setToolTip("For repositories that want to know who asks")
        self.token_row = TokenRow(session)
        self.error = sentence_label("error")
        self.says = sentence_label("small")
        say(self.says, _CALM)
        self.consent = _Consent()
        self.running = QScrollArea()
        self.search = SearchField("Search offers")
        self.search.setToolTip("Words of the title, what it is, its family or licence (Ctrl+F)")
        self.offers = RowsView("Offers", _NO_OFFERS)
        self.get_offer = QPushButton("Download this")
        self.about = text_label("small")
        self._lay_out()

        self.address.textChanged.connect(self._on_address_changed)
        self.address.returnPressed.connect(self._on_get)
        self.get.clicked.connect(self._on_get)
        self.token.toggled.connect(self.token_row.setVisible)
        self.token_row.done.connect(lambda: self.token.setChecked(False))
        self.search.textChanged.connect(self._show_offers)
        self.search.left.connect(self.offers.setFocus)
        self.consent.agreed.clicked.connect(self._on_agreed)
        self.consent.refused.clicked.connect(self._on_refused)
        self.offers.wanted.connect(self._get_offer)
        self.offers.current_changed.connect(self._show_offer)
        self.get_offer.clicked.connect(lambda: self._get_offer(self.offers.value()))
        self._bindings = Bindings(self)
        self._bindings.add(self._downloads.changed, self._show_running)
        self._bindings.add(session.models.changed, self._show_offers)
        self._show_running()
        self._show_offers()
        self._show_offer()

    # What the artist does

    def fetch(self, what: str | Offer, destination: Destination | None = None) -> None:
        """Download it; ask first whether its host may be asked, once for each host."""
        try:
            host = self._downloads.host_for(what)
            if self._session.models.marks.may_ask(host):
                self._downloads.start(what, destination)
                self.address.clear()
                return
        except StudioError as error:
            say(self.error, f"{error.sentence} {error.remedy}".strip())
            return
        self._go_on = lambda: self.fetch(what, destination)
        self.consent.ask(host)

    def point_to(self, destination: Destination) -> None:
        """Make the first offer for that use the current one, in sight."""
        self.search.clear()
        for number, each in enumerate(self.offers.rows()):
            if isinstance(each.value, Offer) and each.value.destination is destination:
                self.offers.choose(number)
                self.offers.scrollTo(self.offers.currentIndex())
                return

    def _lay_out(self) -> None:
        self._list = QWidget()
        self._column = QVBoxLayout(self._list)
        self._column.setContentsMargins(0, 0, 0, 0)
        self._column.setSpacing(theme.SPACE_XS)
        self._column.addStretch(1)
        self.running.setWidget(self._list)
        self.running.setWidgetResizable(True)
        self.running.setFrameShape(QFrame.Shape.NoFrame)
        self.running.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.running.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.running.setAccessibleName("Downloads")
        asked = row(self.address, self.get, self.token)
        asked.setStretch(0, 1)
        bottom = row(self.get_offer)
        bottom.addWidget(self.about, 1)
        self.about.setMinimumHeight(theme.CONTROL_HEIGHT)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_M] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(asked)
        for widget in (self.token_row, self.error, self.says, self.consent, self.running):
            layout.addWidget(widget)
        layout.addWidget(self.search)
        layout.addWidget(self.offers, 1)
        layout.addLayout(bottom)
        self.token_row.hide()

    # Showing

    def _show_running(self) -> None:
        downloads = {download.id: download for download in self._downloads.all()}
        for gone in self._rows.keys() - downloads.keys():
            self._rows.pop(gone).deleteLater()
        for identity, download in downloads.items():
            if identity in self._rows:
                self._rows[identity].show_download(download)
            else:
                added = self._rows[identity] = DownloadRow(self._session, download)
                self._column.insertWidget(0, added)
        self.running.setVisible(bool(self._rows))
        wanted = self._list.sizeHint().height()
        self.running.setFixedHeight(min(_RUNNING_HEIGHT, wanted))
        # Five times a second it is only the progress that is another.
        under_way = {one.title for one in downloads.values() if one.is_under_way}
        if under_way != self._under_way:
            self._under_way = under_way
            self._show_offers()

    def _show_offers(self) -> None:
        rows = []
        heading = ""
        here = self._downloads.here()
        words = self.search.text().casefold().split()
        self.offers.set_empty(_NONE_FOUND if words else _NO_OFFERS)
        for offer in self._downloads.offers:
            told = _searched(offer)
            if not all(word in told for word in words):
                continue
            if (group := _group(offer)) != heading:
                heading = group
                rows.append(Row(group))
            aside = [amount(offer.size_bytes), offer.licence]
            if offer.title in self._under_way:
                aside.append("on its way")
            elif offer.name in here:
                aside.append("here already")
            text = f"{offer.summary}\n{needs_text(offer, self._session.models.card_bytes)}"
            rows.append(Row(offer.title, text, " · ".join(aside), offer, tall=True))
        self.offers.set_rows(rows)

    def _show_offer(self) -> None:
        offer = self.offers.value()
        is_offer = isinstance(offer, Offer)
        self.get_offer.setEnabled(is_offer)
        self.about.setText("Choose one, or press Enter on it." if not is_offer else "")
        self.about.show()
        if is_offer:
            gate = (
                " Its maker wants the licence accepted on its page first." if offer.is_gated else ""
            )
            host = self._downloads.host_for(offer)
            say(self.about, f"{amount(offer.size_bytes)} from {host}: {offer.source}.{gate}")

    # Slots

    def _on_address_changed(self, text: str) -> None:
        self.get.setEnabled(bool(text.strip()))
        say(self.error, "")

    def _on_get(self) -> None:
        if self.address.text().strip():
            self.fetch(self.address.text())

    def _get_offer(self, offer: Offer | None) -> None:
        if offer is not None:
            self.fetch(offer)

    def _on_agreed(self) -> None:
        self._session.models.allow_host(self.consent.host)
        self.consent.hide()
        if (go_on := self._go_on) is not None:
            self._go_on = None
            go_on()

    def _on_refused(self) -> None:
        self._go_on = None
        self.consent.hide()
        self.address.setFocus()

    def showEvent(self, event: QShowEvent) -> None:  # noqa: N802 - Qt's name
        super().showEvent(event)
        self._downloads.begin()


class _Consent(QFrame):
    """Which host will be asked, and what it learns by that."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.host = ""
        self.setObjectName("Consent")
        self.says = sentence_label("")
        self.agreed = QPushButton("Ask it")
        self.refused = QPushButton("Not now")
        buttons = row(self.agreed, self.refused)
        buttons.addStretch(1)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_M] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addWidget(self.says)
        layout.addLayout(buttons)
        self.hide()

    def ask(self, host: str) -> None:
        """Ask whether this host may be asked."""
        self.host = host
        say(
            self.says,
            f"“{host}” will be asked for this. It learns your network address, which files you "
            "fetch and your token if you keep one for it; nothing else leaves this machine. You "
            "are asked once for each host.",
        )
        self.show()
        self.agreed.setFocus()


def needs_text(offer: Offer, card_bytes: int) -> str:
    """How it runs on this card, or which it needs where there is none yet: “Needs a card with
    12 GB (fp16), or 8 GB (fp16, parts loaded in turn).”"""
    if not offer.needs:
        return "Runs on any machine."
    for need in offer.needs:
        if need.memory_gib * 2**30 * _TOLD_SHARE <= card_bytes:
            return f"Runs on your card: {need.how}."
    cards = ", or ".join(f"{need.memory_gib:g} GB ({need.how})" for need in offer.needs)
    needs = f"eeds a card with {cards}."
    return f"Larger than your card: n{needs}" if card_bytes else f"N{needs}"


def _group(offer: Offer) -> str:
    if offer.destination is Destination.MODEL:
        return FAMILY_TITLES.get(offer.family, offer.family) or "Models"
    return _GROUPS.get(offer.destination, str(offer.destination).capitalize())


def _searched(offer: Offer) -> str:
    return " ".join(
        (offer.title, offer.name, offer.summary, _group(offer), offer.family, offer.licence)
    ).casefold()


_GROUPS: Final = {
    Destination.LORA: "LoRAs",
    Destination.EMBEDDING: "Embeddings",
    Destination.VAE: "VAEs",
    Destination.CONTROLNET: "ControlNets",
    Destination.T2I_ADAPTER: "T2I-adapters",
    Destination.IP_ADAPTER: "IP-Adapters",
    Destination.IMAGE_ENCODER: "Image encoders",
    Destination.TEXT_ENCODER: "Text encoders",
    Destination.DIFFUSION_MODEL: "Diffusion models",
    Destination.ANNOTATOR: "Depth and poses",
    Destination.UPSCALER: "Upscalers",
    Destination.STYLE_NETWORK: "Networks for styles",
    Destination.SEGMENTER: "Cutting out objects",
}
