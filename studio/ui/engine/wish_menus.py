"""A menu for each thing that can be decided about how models lie on the device."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from PySide6.QtCore import QSignalBlocker, Qt, Signal
from PySide6.QtGui import QStandardItemModel
from PySide6.QtWidgets import QComboBox, QGridLayout, QWidget

from studio.domain.engine_options import missing_for
from studio.domain.placement import Attention, Offload, PlacementWishes, Precision, Quantization
from studio.ui import theme
from studio.ui.controls.fields import keep_narrow, plain_label, plain_tooltip
from studio.ui.controls.wheel import wheel_needs_focus

AUTOMATIC: Final = "Automatic"


@dataclass(frozen=True, slots=True)
class WishMenu:
    """What one menu is called, says, and offers; the first choice is the studio's."""

    title: str
    tip: str
    choices: Mapping[Any, str]


MENUS: Final[Mapping[str, WishMenu]] = {
    "offload": WishMenu(
        "Memory",
        "What stays on the card while nobody computes with it. All give the same picture.",
        {
            None: AUTOMATIC,
            Offload.NONE: "All of it at once",
            Offload.MODEL: "Its parts take turns",
            Offload.GROUP: "Block by block",
            Offload.SEQUENTIAL: "Layer by layer",
        },
    ),
    "precision": WishMenu(
        "Numbers",
        "In which numbers it computes. Pictures differ a little.",
        {
            None: AUTOMATIC,
            Precision.FP32: "fp32, exact and slow",
            Precision.FP16: "fp16",
            Precision.BF16: "bf16",
        },
    ),
    "quantization": WishMenu(
        "Weights",
        "How its weights are stored. All but the first change pictures somewhat.",
        {
            Quantization.NONE: f"{AUTOMATIC}, as they are",
            Quantization.FP8: "fp8, about half of 16 bits",
            Quantization.INT8: "int8, about half of 16 bits",
            Quantization.NF4: "nf4, about a quarter",
        },
    ),
    "attention": WishMenu(
        "Attention",
        "By whose kernels attention is computed. Pictures differ a little.",
        {
            None: AUTOMATIC,
            Attention.NATIVE: "PyTorch's own",
            Attention.FLASH: "FlashAttention",
            Attention.SAGE: "SageAttention, in fewer bits",
            Attention.XFORMERS: "xFormers",
        },
    ),
    "tiles": WishMenu(
        "Decoding",
        "Whether pictures are decoded in tiles, which takes less memory.",
        {None: AUTOMATIC, False: "In one piece", True: "In tiles"},
    ),
}


class WishMenus(QWidget):
    """The menus for some wishes. What the device can't do is listed greyed out; its tooltip says
    why and, where a package is missing, the line that installs it.

    Signals:
        chosen(PlacementWishes): a person wants it otherwise.
    """

    chosen = Signal(object)

    def __init__(self, parent: QWidget | None = None, *, without: Collection[str] = ()) -> None:
        super().__init__(parent)
        self._wishes = PlacementWishes()
        self.boxes: dict[str, QComboBox] = {}
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setHorizontalSpacing(theme.SPACE_S)
        grid.setVerticalSpacing(theme.SPACE_XS)
        grid.setColumnMinimumWidth(0, theme.LABEL_WIDTH)
        grid.setColumnStretch(1, 1)
        for line, (name, menu) in enumerate(MENUS.items()):
            if name in without:
                continue
            box = self.boxes[name] = QComboBox()
            keep_narrow(box)
            wheel_needs_focus(box)
            box.setAccessibleName(menu.title)
            box.setToolTip(menu.tip)
            box.addItems(list(menu.choices.values()))
            box.activated.connect(lambda row, name=name: self._on_activated(name, row))
            label = plain_label(menu.title, "quiet")
            label.setBuddy(box)
            grid.addWidget(label, line, 0)
            grid.addWidget(box, line, 1)

    @property
    def wishes(self) -> PlacementWishes:
        return self._wishes

    def show_wishes(self, wishes: PlacementWishes) -> None:
        """Stand as they are wished for."""
        self._wishes = wishes
        for name, box in self.boxes.items():
            values = list(MENUS[name].choices)
            value = getattr(wishes, name)
            with QSignalBlocker(box):
                # A GGUF file's weights are what they are.
                box.setCurrentIndex(values.index(value) if value in values else 0)

    def show_device(self, kind: str, packages: Collection[str]) -> None:
        """Offer what a device of this kind can do with these packages."""
        for name, box in self.boxes.items():
            items = box.model()
            assert isinstance(items, QStandardItemModel)  # noqa: S101 - a QComboBox makes that
            for row, value in enumerate(MENUS[name].choices):
                is_plain = value is None or isinstance(value, bool)
                missing = None if is_plain else missing_for(value, kind, packages)
                item = items.item(row)
                item.setEnabled(missing is None)
                told = (missing.sentence, missing.install) if missing is not None else ()
                tip = plain_tooltip("\n".join(filter(None, told)))
                item.setData(tip if missing is not None else "", Qt.ItemDataRole.ToolTipRole)

    def _on_activated(self, name: str, row: int) -> None:
        value = list(MENUS[name].choices)[row]
        self._wishes = replace(self._wishes, **{name: value})
        self.chosen.emit(self._wishes)
