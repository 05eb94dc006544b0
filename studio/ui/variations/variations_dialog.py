"""What differs in a grid of variations, and how much work that is."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Final

from PySide6.QtWidgets import QDialog, QPushButton, QVBoxLayout, QWidget

from studio.domain.checks import shown
from studio.domain.errors import StudioError
from studio.domain.schedulers import Scheduler
from studio.domain.variations import Axis, Cell, Setting
from studio.ui import theme
from studio.ui.controls.dialog_foot import DialogFoot
from studio.ui.controls.fields import plain_label
from studio.ui.session import Session
from studio.ui.variations.axis_row import AxisRow

_NAMES: Final = ("Columns", "Rows", "Pages")
_WIDTH: Final = 560
SHOW_LAST: Final = 2


class VariationsDialog(QDialog):
    """Up to three settings and their values; says what they add up to while they are written.

    It ends with `SHOW_LAST` when the grid before is wanted instead.

    Args:
        written: settings and texts to begin with.
    """

    def __init__(
        self,
        session: Session,
        written: Sequence[tuple[Setting | None, str]] = (),
        parent: QWidget | None = None,
    ) -> None:
        super().__init__(parent)
        self._session = session
        self.setWindowTitle("Grid of variations")
        self._rows = [AxisRow(name, self._proposals) for name in _NAMES]
        self._summary = plain_label(role="quiet")
        self._summary.setWordWrap(True)
        self._foot = DialogFoot(self, "Make the grid")
        self._again = QPushButton("Show the last grid")
        self._again.setToolTip("The pictures that were made before, in their window")
        theme.set_role(self._again, "queue")
        self._again.setVisible(bool(session.variations.cells))
        self._lay_out()
        for axis_row, (setting, text) in zip(self._rows, written, strict=False):
            axis_row.choose(setting, text)
        for axis_row in self._rows:
            axis_row.changed.connect(self._refresh)
        self._again.clicked.connect(lambda: self.done(SHOW_LAST))
        self._refresh()

    def _lay_out(self) -> None:
        layout = QVBoxLayout(self)
        layout.setContentsMargins(*[theme.SPACE_XL] * 4)
        layout.setSpacing(theme.SPACE_M)
        says = plain_label(self._what(), "quiet")
        says.setWordWrap(True)
        layout.addWidget(says)
        for axis_row in self._rows:
            layout.addLayout(axis_row)
        layout.addWidget(self._summary)
        layout.addSpacing(theme.SPACE_S)
        self._foot.insertWidget(0, self._again)
        layout.addLayout(self._foot)
        self.setFixedWidth(_WIDTH)

    def _what(self) -> str:
        """What is varied: it stands in the prompt panel, and isn't what is on the canvas."""
        draft = self._session.draft
        if not (prompt := " ".join(draft.prompt.split())):
            return "The prompt is empty: write one first, or see what comes without words."
        what = f"“{shown(prompt)}”, again and again, with other settings"
        return f"{what}." if draft.branch is None else f"{what}, from step {draft.branch.step} on."

    @property
    def written(self) -> list[tuple[Setting | None, str]]:
        """What is written, to begin with the next time."""
        return [(axis_row.setting, axis_row.text) for axis_row in self._rows]

    def axes(self) -> tuple[Axis, ...]:
        """The sides along which something differs.

        Raises:
            StudioError: a value can't be read.
        """
        return tuple(axis for axis_row in self._rows if (axis := axis_row.axis()) is not None)

    def _refresh(self) -> None:
        self._foot.primary.setEnabled(False)
        try:
            axes = self.axes()
        except StudioError as error:  # the row says what is wrong
            self._summary.setText(error.remedy)
            return
        try:
            planned = self._session.variations.plan(axes)
        except StudioError as error:
            self._summary.setText(f"{error.sentence} {error.remedy}".strip())
            return
        self._foot.primary.setEnabled(len(planned) > 1)
        self._summary.setText(_summary(axes, planned))

    def _proposals(self, setting: Setting) -> Sequence[str]:
        draft = self._session.draft
        proposals: dict[Setting, Callable[[], Sequence[str]]] = {
            Setting.PROMPT: lambda: draft.prompt.split()[-1:] or ["words", "others"],
            Setting.SEED: lambda: [str(draft.seed + number) for number in range(4)],
            Setting.STEPS: lambda: _around(draft.num_inference_steps, 200),
            Setting.GUIDANCE_SCALE: lambda: ["1", "3", "5", "7.5", "10"],
            Setting.SCHEDULER: lambda: [str(scheduler) for scheduler in Scheduler],
            Setting.STRENGTH: lambda: ["0.3", "0.5", "0.7", "0.9"],
            Setting.MODEL: lambda: [model.name for model in self._session.models.models()],
        }
        return proposals[setting]()


def _around(steps: int, most: int) -> list[str]:
    counts = {max(1, steps // 4), max(1, steps // 2), steps, min(most, steps * 2)}
    return [str(count) for count in sorted(counts)]


def _summary(axes: Sequence[Axis], planned: Sequence[Cell]) -> str:
    if len(planned) < 2:
        return "Choose what differs along at least one side."
    sides = " × ".join(str(len(axis.values)) for axis in axes)
    steps = sum(cell.request.steps_taken for cell in planned)
    return f"{sides} = {len(planned)} pictures, {steps} steps in all."
