"""Errors in methods of ours that Qt calls, on Python 3.11.

When an error leaves such a method, PySide6 puts the method's name before the error's text. Before
Python 3.12 an error that C code has raised, as that of `int("x")`, isn't an object yet by then;
PySide6 (6.11) takes it for one, and the process ends. Who catches an error makes it an object.
"""

from __future__ import annotations

import functools
import sys
from collections.abc import Callable
from types import FunctionType
from typing import Any

from PySide6.QtCore import QObject


def outlive_errors() -> None:
    """From now on an error in what a new class overrides of Qt's is told as any other, and the
    program goes on. Python 3.12 and later need nothing for that."""
    if sys.version_info < (3, 12):
        QObject.__init_subclass__ = classmethod(_catch_in_overrides)  # type: ignore[assignment]


def _catch_in_overrides(cls: type[QObject], /, **arguments: Any) -> None:
    super(QObject, cls).__init_subclass__(**arguments)
    qt_classes = [base for base in cls.__mro__[1:] if base.__module__.startswith("PySide6.")]
    for name, member in list(vars(cls).items()):
        if isinstance(member, FunctionType) and any(name in vars(base) for base in qt_classes):
            setattr(cls, name, _with_error_as_object(member))


def _with_error_as_object(method: Callable[..., Any]) -> Callable[..., Any]:
    @functools.wraps(method)
    def caught(*positional: Any, **named: Any) -> Any:
        try:
            return method(*positional, **named)
        except BaseException:  # caught, it has become an object
            raise

    return caught
