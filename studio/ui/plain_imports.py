"""Imports as quick as they are without PySide."""

from __future__ import annotations

import builtins


def import_plainly() -> None:
    """Take away what PySide does at each import of any module.

    It reads the source of the module, to see whether it asks for one of PySide's features such as
    snake_case names. No module of the studio does, and it makes those that follow (numpy, torch
    and diffusers are more than three thousand) a fifth to a third slower to import.
    """
    plain = getattr(builtins, "__orig_import__", None)
    if plain is not None:
        builtins.__import__ = plain
