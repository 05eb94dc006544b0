"""What is known of one picture, as plain text that can be selected and copied."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QPlainTextEdit, QWidget

from studio.domain.geometry import Size
from studio.library import Picture
from studio.ui.history.days import day_name, day_of

HEIGHT_PX = 132


class Inspector(QPlainTextEdit):
    """Prompt first, then the settings, one a line."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setObjectName("Inspector")
        self.setReadOnly(True)
        self.setFrameShape(QFrame.Shape.NoFrame)
        self.setTabChangesFocus(True)
        self.setFixedHeight(HEIGHT_PX)
        self.setAccessibleName("Prompt and settings of the picture")
        self.setTextInteractionFlags(
            Qt.TextInteractionFlag.TextSelectableByMouse
            | Qt.TextInteractionFlag.TextSelectableByKeyboard
        )
        self.setPlaceholderText("Choose a picture to see how it was made.")

    def show_picture(self, picture: Picture | None) -> None:
        """Tell of a picture; None is none."""
        text = "" if picture is None else settings_text(picture)
        # What is selected for copying stays so.
        if text != self.toPlainText():
            self.setPlainText(text)


def settings_text(picture: Picture) -> str:
    """How a picture was made, for people: only what is known."""
    settings = picture.settings
    local = picture.created.astimezone()
    making = picture.record.making
    told = {
        "Leave out": settings.negative_prompt,
        "Model": settings.model or settings.model_hash,
        "Seed": settings.seed,
        "Steps": settings.steps,
        "Guidance": settings.guidance_scale,
        "Scheduler": settings.sampler,
        "Strength": settings.strength,
        "LoRAs": ", ".join(f"{name} {weight:g}" for name, weight in settings.loras),
        "Size": f"{Size(picture.width, picture.height)} px",
        "Made": f"{day_name(day_of(picture))} {local:%H:%M}",
        "How": str(picture.operation),
        "Took": f"{picture.elapsed_s:.1f} seconds" if picture.elapsed_s else "",
        "Computed in": "" if making is None else making.how,
        "Energy": "" if making is None else making.cost,
        "Licences": "" if making is None else making.licences,
        "With": settings.program if picture.request is None else "",
        "Tags": ", ".join(picture.tags),
        "File": picture.path.name,
    }
    lines = [settings.prompt or "No prompt", ""]
    for name, value in told.items():
        if value not in ("", None):
            shown = f"{value:g}" if isinstance(value, float) else value
            lines.append(f"{name}: {shown}")
    return "\n".join(lines)
