"""The look: every colour, size and font of the window, as named tokens.

`apply` dresses the application. Widgets that paint themselves ask `color` while they paint;
all others are styled by resources/theme/studio.qss through their class, object name or `role`.
"""

from __future__ import annotations

from dataclasses import asdict, dataclass
from string import Template
from typing import Final

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QFont, QFontDatabase, QPalette
from PySide6.QtWidgets import QApplication, QStyleFactory, QWidget

from studio.domain.resources import RESOURCES

FAMILY: Final = "Inter"
TEXT_PX: Final = 13
SMALL_PX: Final = 11
TITLE_PX: Final = 15

SPACE_XS: Final = 4
SPACE_S: Final = 8
SPACE_M: Final = 12
SPACE_L: Final = 16
SPACE_XL: Final = 24
RADIUS: Final = 6
CONTROL_HEIGHT: Final = 28
PRIMARY_HEIGHT: Final = 36
HIT_SIZE: Final = 24
ICON_SIZE: Final = 16
LABEL_WIDTH: Final = 64
NUMBER_WIDTH: Final = 60


@dataclass(frozen=True, slots=True)
class Tokens:
    """The colours of one theme, as #rrggbb. `surround` lies around the picture: never tinted.

    `on_surround` is quiet text on it.
    """

    name: str
    surround: str
    on_surround: str
    panel: str
    raised: str
    line: str
    text: str
    quiet: str
    disabled: str
    accent: str
    on_accent: str
    danger: str
    good: str
    mask: str
    checker: str
    grid: str


DARK: Final = Tokens(
    name="dark",
    surround="#1b1b1b",
    on_surround="#a3a3a3",
    panel="#242424",
    raised="#2e2e2e",
    line="#3b3b3b",
    text="#e8e8e8",
    quiet="#a3a3a3",
    disabled="#6b6b6b",
    accent="#e0a34a",
    on_accent="#1b1b1b",
    danger="#e5604d",
    good="#6fb36a",
    mask="#d84a6b",
    checker="#2a2a2a",
    grid="#808080",
)
LIGHT: Final = Tokens(
    name="light",
    surround="#c8c8c8",
    on_surround="#474747",
    panel="#f2f2f2",
    raised="#ffffff",
    line="#d4d4d4",
    text="#1c1c1c",
    quiet="#5c5c5c",
    disabled="#9a9a9a",
    accent="#a86a12",
    on_accent="#ffffff",
    danger="#b93a29",
    good="#3f7d3a",
    mask="#d84a6b",
    checker="#dadada",
    grid="#808080",
)
THEMES: Final = {theme.name: theme for theme in (DARK, LIGHT)}

_current = DARK


def apply(app: QApplication, theme: Tokens) -> None:
    """Dress the application: fonts, palette and style sheet."""
    global _current
    _current = theme
    _load_fonts()
    app.setStyle(QStyleFactory.create("Fusion"))
    app.setFont(font())
    app.setPalette(_palette(theme))
    sheet = (RESOURCES / "theme" / "studio.qss").read_text(encoding="utf-8")
    app.setStyleSheet(Template(sheet).substitute(asdict(theme), **_metrics()))


def font(size_px: int = TEXT_PX, *, semibold: bool = False) -> QFont:
    """The studio's type at a size in logical pixels, with tabular figures."""
    result = QFont(FAMILY)
    result.setPixelSize(size_px)
    result.setWeight(QFont.Weight.DemiBold if semibold else QFont.Weight.Normal)
    result.setFeature(QFont.Tag("tnum"), 1)
    return result


def set_role(widget: QWidget, role: str) -> None:
    """Give a widget a role that the style sheet knows, such as primary, quiet, title or small."""
    widget.setProperty("role", role)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def color(token: str, alpha: float = 1.0) -> QColor:
    """A token's colour (`color("accent")`) with an opacity of 0 to 1."""
    result = QColor(getattr(_current, token))
    result.setAlphaF(alpha)
    return result


def _load_fonts() -> None:
    if FAMILY in QFontDatabase.families():
        return
    for file in sorted((RESOURCES / "fonts").glob("*.[ot]tf")):
        QFontDatabase.addApplicationFont(str(file))


def _palette(theme: Tokens) -> QPalette:
    role = QPalette.ColorRole
    palette = QPalette()
    for key, value in (
        (role.Window, theme.panel),
        (role.WindowText, theme.text),
        (role.Base, theme.raised),
        (role.AlternateBase, theme.panel),
        (role.Text, theme.text),
        (role.PlaceholderText, theme.quiet),
        (role.Button, theme.raised),
        (role.ButtonText, theme.text),
        (role.BrightText, theme.danger),
        (role.ToolTipBase, theme.raised),
        (role.ToolTipText, theme.text),
        (role.Highlight, theme.accent),
        (role.HighlightedText, theme.on_accent),
        (role.Accent, theme.accent),
        (role.Link, theme.accent),
        (role.Light, theme.line),
        (role.Midlight, theme.line),
        (role.Mid, theme.line),
        (role.Dark, theme.line),
        (role.Shadow, theme.surround),
    ):
        palette.setColor(key, QColor(value))
    for key in (role.WindowText, role.Text, role.ButtonText):
        palette.setColor(QPalette.ColorGroup.Disabled, key, QColor(theme.disabled))
    return palette


def _metrics() -> dict[str, str]:
    return {
        "theme_folder": (RESOURCES / "theme").as_posix(),
        "text_px": str(TEXT_PX),
        "small_px": str(SMALL_PX),
        "title_px": str(TITLE_PX),
        "xs": str(SPACE_XS),
        "s": str(SPACE_S),
        "m": str(SPACE_M),
        "l": str(SPACE_L),
        "radius": str(RADIUS),
        "control": str(CONTROL_HEIGHT),
        "primary": str(PRIMARY_HEIGHT),
        "hit": str(HIT_SIZE),
    }


def named(name: str, app: QApplication) -> Tokens:
    """The theme of that name; "desktop" is what the desktop asks for, dark when it says nothing."""
    if name == "desktop":
        wants_light = app.styleHints().colorScheme() is Qt.ColorScheme.Light
        return LIGHT if wants_light else DARK
    return THEMES.get(name, DARK)
