"""The files that come along are whole, loadable and carry their licences."""

from __future__ import annotations

import configparser
import re
from pathlib import Path
from typing import TYPE_CHECKING
from xml.etree import ElementTree

import pytest

from studio import __version__
from studio.domain.resources import RESOURCES

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

ROOT = Path(__file__).resolve().parents[2]
ICONS = sorted((RESOURCES / "icons").glob("*.svg"))


@pytest.mark.parametrize("path", ICONS, ids=lambda path: path.stem)
def test_icon_is_drawn_and_runs_no_script(path: Path, qapp: QApplication) -> None:
    from PySide6.QtGui import QImage, QPainter
    from PySide6.QtSvg import QSvgRenderer

    image = QImage(32, 32, QImage.Format.Format_ARGB32)
    image.fill(0)
    painter = QPainter(image)
    QSvgRenderer(str(path)).render(painter)
    painter.end()
    assert any(image.constBits())
    tags = {element.tag.rpartition("}")[2] for element in ElementTree.parse(path).iter()}
    assert not tags & {"script", "image", "foreignObject", "a"}


def test_line_icons_take_the_themes_colour() -> None:
    for path in ICONS:
        if path.stem != "pentimento":
            assert 'stroke="currentColor"' in path.read_text(), path.name
            assert "#" not in path.read_text(), path.name


def test_fonts_are_one_family_in_three_weights(qapp: QApplication) -> None:
    from PySide6.QtGui import QFontDatabase

    for path in sorted((RESOURCES / "fonts").glob("*.otf")):
        number = QFontDatabase.addApplicationFont(str(path))
        assert "Inter" in QFontDatabase.applicationFontFamilies(number), path.name
    assert {QFontDatabase.weight("Inter", style) for style in QFontDatabase.styles("Inter")} >= {
        400,
        500,
        600,
    }


def test_notices_name_every_licence_file() -> None:
    notices = (ROOT / "packaging" / "THIRD_PARTY.md").read_text()
    for name in re.findall(r"`(resources/[^`*]+\.txt)`", notices):
        assert (ROOT / name).stat().st_size > 1000
    assert "resources/fonts/OFL.txt" in notices
    assert "resources/icons/LICENSE-lucide.txt" in notices
    assert "resources/models/upscalers/LICENSE.txt" in notices


def test_desktop_entry_and_metainfo_tell_of_this_version() -> None:
    entry = configparser.ConfigParser(interpolation=None)
    entry.read(ROOT / "packaging" / "pentimento.desktop", encoding="utf-8")
    assert entry["Desktop Entry"]["Exec"] == "pentimento"
    assert (RESOURCES / "icons" / f"{entry['Desktop Entry']['Icon']}.svg").exists()
    metainfo = ElementTree.parse(ROOT / "packaging" / "pentimento.metainfo.xml").getroot()
    assert metainfo.findtext("launchable") == "pentimento.desktop"
    assert metainfo.find("releases/release").get("version") == __version__
    assert metainfo.findtext("project_license") == "Apache-2.0"
