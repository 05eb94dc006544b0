"""The fast modes, as a list with a check box for each: exact ones first."""

from __future__ import annotations

from collections.abc import Collection, Mapping

from PySide6.QtCore import QSignalBlocker, Signal
from PySide6.QtWidgets import QCheckBox, QLabel, QPushButton, QVBoxLayout, QWidget

from studio.engine import FAST_MODES, FastMode, why_not_for
from studio.ui import theme
from studio.ui.controls.fields import plain_label, plain_tooltip, row, say, sentence_label
from studio.ui.session.models.mode_trials import Difference

_INDENT = theme.ICON_SIZE + theme.SPACE_S


class FastModeRow(QWidget):
    """One mode: whether it is on, how true it stays, what it does or why it can't be used.

    Signals:
        toggled(bool): a person switched it.
        trial_wanted(): its difference is to be measured.
    """

    toggled = Signal(bool)
    trial_wanted = Signal()

    def __init__(self, mode: FastMode, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.mode = mode
        self.box = QCheckBox(mode.title)
        self.box.toggled.connect(self.toggled)
        self.fidelity = plain_label(mode.fidelity.value, "small")
        self.measure = QPushButton("Measure")
        self.measure.setToolTip(
            "Draws the prompt panel's picture once without it and once with it, and compares them"
        )
        self.measure.setAccessibleName(f"Measure what {mode.title} changes")
        self.measure.clicked.connect(self.trial_wanted)
        self.measure.setVisible(not mode.is_lossless)
        self.says = sentence_label("small")
        head = row(self.box, self.fidelity)
        head.addStretch(1)
        head.addWidget(self.measure)
        below = row(self.says)
        below.setContentsMargins(_INDENT, 0, 0, 0)
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(0)
        layout.addLayout(head)
        layout.addLayout(below)

    def show_state(
        self, is_on: bool, why_not: str, difference: Difference | None, *, is_measuring: bool
    ) -> None:
        """Stand as the artist wants it, and tell what can be told."""
        with QSignalBlocker(self.box):
            self.box.setChecked(is_on)
        # What was switched on elsewhere can be switched off here.
        self.box.setEnabled(not why_not or is_on)
        self.measure.setEnabled(not why_not and not is_measuring)
        self.measure.setText("Measuring…" if is_measuring else "Measure")
        package = self.mode.package
        install = f"pip install {package}" if package and package in why_not else ""
        self.box.setToolTip(plain_tooltip("\n".join(filter(None, [why_not, install]))))
        say(self.says, why_not or self.mode.sentence)
        if not self.mode.is_lossless:
            told = str(difference) if difference else "not measured on this machine"
            self.fidelity.setText(f"{self.mode.fidelity} · {told}")


class FastList(QWidget):
    """All modes of the table.

    Signals:
        chosen(tuple): the names of those that are to be on.
        trial_wanted(str): this one's difference is to be measured.
    """

    chosen = Signal(tuple)
    trial_wanted = Signal(str)

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.rows: dict[str, FastModeRow] = {}
        self._unknown: tuple[str, ...] = ()
        layout = QVBoxLayout(self)
        layout.setContentsMargins(0, 0, 0, 0)
        layout.setSpacing(theme.SPACE_S)
        layout.addWidget(_heading("Fast modes that stay true"))
        has_lossy = False
        for name, mode in FAST_MODES.items():
            if not mode.is_lossless and not has_lossy:
                layout.addWidget(_heading("Fast modes that change the picture"))
                has_lossy = True
            line = self.rows[name] = FastModeRow(mode)
            line.toggled.connect(self._on_toggled)
            line.trial_wanted.connect(lambda name=name: self.trial_wanted.emit(name))
            layout.addWidget(line)

    def show_state(
        self,
        wished: Collection[str],
        kind: str,
        families: Collection[str],
        differences: Mapping[str, Difference],
        measuring: str,
    ) -> None:
        """Stand as wished for, on a kind of device with models of these families.

        `measuring` is the mode whose trial is under way, if one is.
        """
        self._unknown = tuple(name for name in wished if name not in self.rows)
        for name, line in self.rows.items():
            why_not = why_not_for(line.mode, kind, families)
            line.show_state(
                name in wished, why_not, differences.get(name), is_measuring=name == measuring
            )
            if measuring:
                line.measure.setEnabled(False)

    def _on_toggled(self) -> None:
        on = tuple(name for name, line in self.rows.items() if line.box.isChecked())
        self.chosen.emit((*on, *self._unknown))


def _heading(text: str) -> QLabel:
    return plain_label(text, "quiet")
