"""What the style pane remembers between two starts, as text."""

from __future__ import annotations

import json

from studio.document.restyling import RestyleMethod
from studio.domain.stylize import StyleColours
from studio.ui.session.restyling import Restyling


def style_to_json(restyling: Restyling) -> str:
    """The method, each method's strength, the colours, and whether styles are tried out."""
    return json.dumps(
        {
            "method": restyling.wishes.method.value,
            "strengths": {method.value: value for method, value in restyling.strengths.items()},
            "colours": restyling.wishes.colours.value,
            "tries_out": restyling.tries_out,
        }
    )


def restore_style(restyling: Restyling, text: str) -> None:
    """Take over what `style_to_json` wrote; whatever can't be read stays as it is."""
    try:
        record = json.loads(text)
    except (ValueError, RecursionError):
        return
    if not isinstance(record, dict):
        return
    strengths = record.get("strengths")
    for method in RestyleMethod:
        value = strengths.get(method.value) if isinstance(strengths, dict) else None
        if isinstance(value, int | float) and 0 <= value <= 1:
            restyling.set_strength(float(value), method)
    if record.get("colours") in list(StyleColours):
        restyling.set_colours(StyleColours(record["colours"]))
    if record.get("method") in list(RestyleMethod):
        restyling.set_method(RestyleMethod(record["method"]))
    if isinstance(record.get("tries_out"), bool):
        restyling.set_tries_out(record["tries_out"])
