"""Showing a file where the artist keeps files."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtDBus import QDBusConnection, QDBusMessage
from PySide6.QtGui import QDesktopServices

_SERVICE = "org.freedesktop.FileManager1"


def show_in_file_manager(path: Path) -> None:
    """Open the file manager at a file: selected where the desktop can do that, else its folder."""
    bus = QDBusConnection.sessionBus()
    if bus.isConnected() and bus.interface().isServiceRegistered(_SERVICE).value():
        call = QDBusMessage.createMethodCall(
            _SERVICE, "/org/freedesktop/FileManager1", _SERVICE, "ShowItems"
        )
        call.setArguments([[QUrl.fromLocalFile(str(path)).toString()], ""])
        if bus.send(call):
            return
    QDesktopServices.openUrl(QUrl.fromLocalFile(str(path.parent)))
