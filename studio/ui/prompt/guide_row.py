"""One picture that guides the next ones: what the network sees of it, and how much it counts."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QFrame, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.domain.addons import AddonInfo
from studio.domain.control import (
    MAX_CONTROL_STRENGTH,
    Control,
    Preprocessor,
    ReferenceKind,
)
from studio.domain.events import Pixels
from studio.ui import theme
from studio.ui.controls.choice_menu import choice_menu, fill_choices
from studio.ui.controls.elided_label import ElidedLabel
from studio.ui.controls.fields import field_row, plain_label, row, say, sentence_label
from studio.ui.controls.number_control import NumberControl
from studio.ui.controls.thumbnails import rounded_pixmap
from studio.ui.controls.tool_button import tool_button
from studio.ui.icons import icon
from studio.ui.session.drafting.guide import Guide

SIDE_PX: Final = 64
_SEEN: Final[Mapping[Preprocessor, tuple[str, str]]] = {
    Preprocessor.NONE: ("As it is", "The picture itself, such as a map made elsewhere"),
    Preprocessor.CANNY: ("Edges", "Where it changes from light to dark"),
    Preprocessor.SCRIBBLE: ("Lines", "The lines of a drawing, white on black"),
    Preprocessor.TILE: ("Tones", "What is left of it when its details are gone"),
    Preprocessor.COLOUR: ("Colours", "Its colours as a mosaic"),
    Preprocessor.DEPTH: ("Depth", "How far away everything is"),
    Preprocessor.POSE: ("Pose", "How people stand"),
}
# What is said while a network looks for it.
_LOOKING: Final[Mapping[Preprocessor, str]] = {
    Preprocessor.DEPTH: "Finding depth…",
    Preprocessor.POSE: "Finding people…",
}
_KINDS: Final[Mapping[ReferenceKind, tuple[str, str]]] = {
    ReferenceKind.WHOLE: ("All of it", "What is shown and how"),
    ReferenceKind.STYLE: ("Style", "How it is painted, not what it shows"),
    ReferenceKind.COMPOSITION: ("Composition", "Where things are, not how they are painted"),
    ReferenceKind.FACE: ("Face", "Who it is: the same person again"),
}


class GuideRow(QFrame):
    """Shows a Guide; what a person does is announced as fields of its Control or Reference.

    `lacking` says of preprocessors that can't be chosen what they lack.
    """

    changed = Signal(dict)
    removed = Signal()
    annotator_wanted = Signal()

    def __init__(
        self,
        guide: Guide,
        networks: tuple[AddonInfo, ...],
        lacking: Mapping[Preprocessor, str],
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self.setObjectName("Guide")
        self._is_control = isinstance(guide.wish, Control)
        self._is_waiting = False
        self._networks = [(one.title, one.name) for one in networks]
        what = "control" if self._is_control else "reference"
        self.thumbnail = QLabel()
        self.thumbnail.setFixedSize(SIDE_PX, SIDE_PX)
        self.thumbnail.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._title = ElidedLabel()
        self._what = plain_label(role="small")
        self.remove = tool_button("x", f"Take this {what} away")
        self.remove.setFixedSize(theme.HIT_SIZE, theme.HIT_SIZE)
        self.network = choice_menu(
            "The ControlNet or T2I-adapter that looks at it"
            if self._is_control
            else "The IP-Adapter that shows it to the model"
        )
        self.network.setAccessibleName("ControlNet" if self._is_control else "IP-Adapter")
        self.seen = self._seen_menu(lacking) if self._is_control else self._kind_menu()
        self.strength = NumberControl(
            "Strength",
            0.0,
            MAX_CONTROL_STRENGTH if self._is_control else 1.0,
            step=0.05,
            big_step=0.25,
            fine_step=0.01,
            decimals=2,
            default=1.0 if self._is_control else 0.6,
            tip=f"How much the {what} counts: at 0 not at all",
        )
        self.start = self._moment("From", 0, "At how much of the way it begins to count")
        self.end = self._moment("to", 100, "At how much of the way it no longer counts")
        self.trouble = sentence_label("error")
        self.hint = sentence_label("small")
        self.get = QPushButton("Get it…")
        self.get.setToolTip("Open the models window where such a network is offered")
        theme.set_role(self.get, "link")
        self._lay_out()
        self.show_guide(guide, "")

        self.remove.clicked.connect(self.removed)
        self.get.clicked.connect(self.annotator_wanted)
        self.network.activated.connect(self._on_network_chosen)
        self.seen.activated.connect(self._on_seen_chosen)
        self.strength.value_changed.connect(self._on_strength_changed)
        self.start.value_changed.connect(self._on_start_changed)
        self.end.value_changed.connect(self._on_end_changed)

    def show_guide(
        self, guide: Guide, trouble: str, hint: str = "", *, lacks_annotator: bool = False
    ) -> None:
        """Show other values of the same kind of guide, why it can't be used, and what would help
        it: perhaps a network that finds depth or poses."""
        self._guide = guide
        wish, title = guide.wish, guide.title
        what = "Control" if self._is_control else "Reference"
        self._title.set_text(title or "Picture")
        self._describe()
        self.setAccessibleName(f"{what}: {title}" if title else what)
        fill_choices(self.network, self._networks, wish.model)
        chosen = wish.preprocessor if isinstance(wish, Control) else wish.kind
        with QSignalBlocker(self.seen):
            self.seen.setCurrentIndex(self.seen.findData(str(chosen)))
        self.strength.set_value(wish.strength)
        if isinstance(wish, Control):
            self.start.set_value(round(100 * wish.start))
            self.end.set_value(round(100 * wish.end))
        say(self.trouble, trouble)
        say(self.hint, "" if trouble else hint)
        self.get.setVisible(lacks_annotator)

    def show_pixels(self, pixels: Pixels | None, why_not: str = "") -> None:
        """Show what the network sees, (H, W, 3); None where that can't be told, and why."""
        self._wait(False)
        told = "What the network sees" if self._is_control else "What the model sees"
        self.thumbnail.setAccessibleName(told)
        if pixels is None:
            self.thumbnail.clear()
            self.thumbnail.setToolTip(why_not or "What the network would see can't be shown")
            return
        self.thumbnail.setToolTip(told)
        self.thumbnail.setPixmap(rounded_pixmap(pixels, SIDE_PX, self.devicePixelRatioF()))

    def show_looking(self) -> None:
        """Say that another network looks at the picture first; what was seen before stays."""
        self._wait(True)
        if self.thumbnail.pixmap().isNull():
            self.thumbnail.setPixmap(icon("scan-eye").pixmap(theme.ICON_SIZE, theme.ICON_SIZE))
        self.thumbnail.setToolTip("It is looked at as soon as the engine is free")

    def _wait(self, is_waiting: bool) -> None:
        self._is_waiting = is_waiting
        self._describe()

    def _describe(self) -> None:
        wish, follows = self._guide.wish, self._guide.source is not None
        if self._is_waiting and isinstance(wish, Control):
            text = _LOOKING.get(wish.preprocessor, "")
        elif follows:
            text = "Control layer"
        else:
            text = f"{'Control' if self._is_control else 'Reference'} · {wish.picture.size}"
        self._what.setText(text)
        self._what.setToolTip("Follows what is drawn on the layer" if follows else "")

    def _lay_out(self) -> None:
        names = QVBoxLayout()
        names.setSpacing(0)
        names.addStretch(1)
        names.addWidget(self._title)
        names.addWidget(self._what)
        names.addStretch(1)
        head = row(self.thumbnail)
        head.addLayout(names, 1)
        head.addWidget(self.remove, 0, Qt.AlignmentFlag.AlignTop)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_S - 1] * 4)
        layout.setSpacing(theme.SPACE_S)
        layout.addLayout(head)
        layout.addWidget(self.network)
        layout.addLayout(field_row("Sees", self.seen))
        layout.addWidget(self.strength)
        span = row(self.start, self.end)
        span.addStretch(1)
        layout.addLayout(span)
        # A reference counts all the way.
        self.start.setVisible(self._is_control)
        self.end.setVisible(self._is_control)
        layout.addWidget(self.trouble)
        layout.addWidget(self.hint)
        layout.addWidget(self.get, 0, Qt.AlignmentFlag.AlignLeft)

    def _seen_menu(self, lacking: Mapping[Preprocessor, str]) -> QComboBox:
        """Those that lack nothing first; the others can't be chosen."""
        menu = choice_menu("What is made of the picture before the network looks at it")
        for number, each in enumerate(sorted(_SEEN, key=lambda each: each in lacking)):
            name, tip = _SEEN[each]
            menu.addItem(name, str(each))
            why_not = lacking.get(each, "")
            menu.setItemData(
                number, f"{tip}. {why_not}" if why_not else tip, Qt.ItemDataRole.ToolTipRole
            )
            model = menu.model()
            if why_not and isinstance(model, QStandardItemModel):
                model.item(number).setEnabled(False)
        return menu

    def _kind_menu(self) -> QComboBox:
        menu = choice_menu("What of the picture counts")
        for number, (kind, (name, tip)) in enumerate(_KINDS.items()):
            menu.addItem(name, str(kind))
            menu.setItemData(number, tip, Qt.ItemDataRole.ToolTipRole)
        return menu

    def _moment(self, label: str, default: int, tip: str) -> NumberControl:
        return NumberControl(
            label, 0, 100, big_step=10, default=default, unit="%", tip=tip, compact=True
        )

    # Slots

    def _announce(self, **values: Any) -> None:
        self.changed.emit(values)

    def _on_network_chosen(self) -> None:
        self._announce(model=self.network.currentData())

    def _on_seen_chosen(self) -> None:
        chosen = self.seen.currentData()
        if self._is_control:
            self._announce(preprocessor=Preprocessor(chosen))
        else:
            self._announce(kind=ReferenceKind(chosen))

    def _on_strength_changed(self, strength: float) -> None:
        self._announce(strength=strength)

    def _on_start_changed(self, percent: float) -> None:
        # It ends after it begins: the one pushes the other.
        start = min(round(percent), 99)
        self._announce(start=start / 100, end=max(round(self.end.value()), start + 1) / 100)

    def _on_end_changed(self, percent: float) -> None:
        end = max(round(percent), 1)
        self._announce(start=min(round(self.start.value()), end - 1) / 100, end=end / 100)
