"""PySide leaves imports alone, and its own classes still come."""

from __future__ import annotations

import subprocess
import sys

_CODE = """
import builtins, sys
from PySide6.QtCore import QObject
from studio.ui.plain_imports import import_plainly

looked_at = sys.modules["shibokensupport.feature"].pyside_feature_dict
import colorsys
assert "colorsys" in looked_at
for _ in range(2):
    import_plainly()
import tomllib
assert "tomllib" not in looked_at
from PySide6.QtWidgets import QCalendarWidget
assert QCalendarWidget.SelectionMode.SingleSelection
assert not hasattr(QObject, "set_object_name")
"""


def test_pyside_no_longer_looks_into_what_is_imported() -> None:
    command = [sys.executable, "-c", _CODE]
    result = subprocess.run(command, capture_output=True, text=True, check=False)
    assert result.returncode == 0, result.stderr
