"""What happened between a picture and one that grew from it, in a few words."""

from __future__ import annotations

from typing import Final

from studio.domain.operation import Operation
from studio.library.lineage.word_difference import Change, word_difference
from studio.library.picture import ParentRole, Picture

_MOST_WORDS: Final = 6
_OPERATIONS: Final = {
    Operation.TEXT: "drawn",
    Operation.IMAGE: "drawn over",
    Operation.INPAINT: "painted anew",
    Operation.EXPAND: "expanded",
    Operation.STYLE: "restyled",
    Operation.UPSCALE: "upscaled",
    Operation.BRANCH: "branch",
    Operation.IMPORT: "imported",
}
LENDERS: Final = frozenset({ParentRole.STYLE, ParentRole.CONTROL, ParentRole.REFERENCE})
"""The roles of pictures that were looked at, of which nothing was made."""
_SETTINGS: Final = {
    "model": "model",
    "seed": "seed",
    "steps": "steps",
    "guidance_scale": "guidance",
    "sampler": "scheduler",
    "strength": "strength",
}


def operation_words(child: Picture, role: ParentRole) -> str:
    """How `child` was made of a parent that it has in this role: “upscaled 2×”, “its style”."""
    if role in LENDERS:
        return f"its {role}"
    if role is ParentRole.CANVAS:
        return f"{_OPERATIONS[child.operation]} on a canvas"
    request = child.request
    if role is ParentRole.BRANCH and request is not None and request.branch is None:
        return f"kept after step {request.steps_taken}"
    words = _OPERATIONS[child.operation]
    match child.operation:
        case Operation.UPSCALE if request is not None:
            return f"{words} {request.upscale}×"
        case Operation.BRANCH if request is not None and request.branch is not None:
            painted = ", painted on" if request.branch.painted is not None else ""
            return f"{words} after step {request.branch.step}{painted}"
        case Operation.IMAGE if request is not None:
            return f"{words}, {request.strength:g}"
        case Operation.INPAINT if request is not None and request.inpaint is not None:
            return f"{words} ({request.inpaint.intent})"
    return words


def changes_between(parent: Picture, child: Picture, role: ParentRole) -> tuple[str, ...]:
    """What the child's prompt and settings have that its parent's haven't: “+at night −by day”,
    “seed 5 → 9”. Nothing for what was only looked at, was imported, upscaled or restyled."""
    if role in LENDERS or parent.request is None or child.request is None:
        return ()
    if not child.request.task.needs_model:
        return ()  # Its words say what it shows, and decided nothing.
    before, after = parent.settings, child.settings
    changes = []
    if words := _word_changes(before.prompt, after.prompt):
        changes.append(words)
    if words := _word_changes(before.negative_prompt, after.negative_prompt):
        changes.append(f"left out: {words}")
    for name, label in _SETTINGS.items():
        old, new = getattr(before, name), getattr(after, name)
        if old != new and old not in (None, "") and new not in (None, ""):
            changes.append(f"{label} {_said(old)} → {_said(new)}")
    return tuple(changes)


def _word_changes(before: str, after: str) -> str:
    signs = {Change.ADDED: "+", Change.REMOVED: "−"}
    said = [
        f"{signs[part.change]}{_shortened(part.text)}"
        for part in word_difference(before, after)
        if part.change is not Change.KEPT and part.text.strip(" ,.")
    ]
    return " ".join(said)


def _shortened(text: str) -> str:
    words = text.strip(" ,.\n").split()
    return " ".join(words[:_MOST_WORDS]) + (" …" if len(words) > _MOST_WORDS else "")


def _said(value: object) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)
