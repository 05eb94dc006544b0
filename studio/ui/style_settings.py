"""What the style pane remembers between two starts, as text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, TypeGuard

from studio.document.restyling import RestyleMethod
from studio.domain.stylize import StyleColours
from studio.ui.session.styling.restyling import Restyling
from studio.ui.session.styling.style_guiding import StyleGuiding
from studio.ui.settings import as_record


def style_to_json(restyling: Restyling) -> str:
    """The method, each method's strength, the colours, whether styles are tried out, and what the
    diffusion method shows the model."""
    guiding = restyling.guiding
    return json.dumps(
        {
            "method": restyling.wishes.method.value,
            "strengths": {method.value: value for method, value in restyling.strengths.items()},
            "colours": restyling.wishes.colours.value,
            "tries_out": restyling.tries_out,
            "adapter": guiding.wanted_adapter,
            "structure": guiding.wanted_structure,
            "seen": guiding.seen,
            "kept": guiding.kept,
        }
    )


def restore_style(restyling: Restyling, text: str) -> None:
    """Take over what `style_to_json` wrote; whatever can't be read stays as it is."""
    record = as_record(text)
    strengths = record.get("strengths")
    for method in RestyleMethod:
        value = strengths.get(method.value) if isinstance(strengths, dict) else None
        if _is_share(value):
            restyling.set_strength(float(value), method)
    if record.get("colours") in list(StyleColours):
        restyling.set_colours(StyleColours(record["colours"]))
    if record.get("method") in list(RestyleMethod):
        restyling.set_method(RestyleMethod(record["method"]))
    if isinstance(record.get("tries_out"), bool):
        restyling.set_tries_out(record["tries_out"])
    _restore_guiding(restyling.guiding, record)


def _restore_guiding(guiding: StyleGuiding, record: Mapping[str, Any]) -> None:
    for name, want in (("adapter", guiding.want_adapter), ("structure", guiding.want_structure)):
        if isinstance(record.get(name), str):
            want(record[name])
    for name, count in (("seen", guiding.set_seen), ("kept", guiding.set_kept)):
        value = record.get(name)
        if _is_share(value):
            count(float(value))


def _is_share(value: object) -> TypeGuard[float]:
    return isinstance(value, int | float) and 0 <= value <= 1
