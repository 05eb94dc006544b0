"""What `pentimento doctor` found, in words."""

from __future__ import annotations

from typing import Any, Final

Findings = dict[str, Any]
_GIB: Final = 1 << 30


def gib(count_bytes: int) -> str:
    return f"{count_bytes / _GIB:.1f} GiB"


def in_words(findings: Findings) -> str:
    """The findings for a person to read, one fact a line."""
    lines = [f"Pentimento {findings['pentimento']}, Python {findings['python']}"]
    lines.append(f"System    {findings['system']}")
    device = findings["device"]
    lines.append(f"Device    {device.get('name') or device['error']}")
    memory = findings["memory"]
    lines.append(f"Memory    {gib(memory['available_bytes'])} free of {gib(memory['total_bytes'])}")
    lines.append("Packages  " + _table(findings["packages"]))
    lines.append("Extras    " + _extras(findings["extras"]))
    lines.append("Models")
    for model in findings["models"]:
        lines.append(f"  {model['name']}  {model['title']}, {model['native_size']}")
        lines.append(f"    {model['path']}")
    if (placement := findings["placement"]) is not None:
        lines.append(f"  {placement['model']} is the one to begin with. {placement['sentence']}")
    if addons := findings["addons"]:
        kinds = (f"{count} × {kind.replace('-', ' ')}" for kind, count in addons.items())
        lines.append(f"  Beside them: {', '.join(kinds)}")
    lines.append("Upscalers")
    lines += (f"  {upscaler['name']}  {upscaler['title']}" for upscaler in findings["upscalers"])
    if findings["places"]:
        lines.append("Folders of other programs")
    for place in findings["places"]:
        lines += [f"  {place['path']}", f"    {place['sentence']}"]
    for refused in findings["refused"]:
        lines.append(f"  not used: {refused['path']}")
        lines.append(f"    {refused['reason']}")
    if (history := findings["history"]) is not None:
        steps = f"steps of {history['with_steps']:,} of them take {gib(history['steps_bytes'])}"
        lines.append(f"History   {history['pictures']:,} pictures; {steps}")
    lines.append("Folders")
    for name, folder in findings["folders"].items():
        lines.append(f"  {name:9} {folder['path']}  ({gib(folder['free_bytes'])} free)")
    if (compiled := findings["compiled"]) is not None and compiled["size_bytes"]:
        lines.append(f"  {gib(compiled['size_bytes'])} of the cache are compiled models")
    for heading, key in (("Missing", "problems"), ("Good to know", "hints")):
        if findings[key]:
            lines += [heading, *(f"  {sentence}" for sentence in findings[key])]
    if not findings["problems"]:
        lines.append("All that is needed is there.")
    return "\n".join(lines)


def _table(versions: dict[str, str | None]) -> str:
    return ", ".join(f"{name} {version or 'missing'}" for name, version in versions.items())


def _extras(extras: dict[str, dict[str, str | None]]) -> str:
    """Those that are there, then what the others would be good for."""
    there = [f"{name} {one['version']}" for name, one in extras.items() if one["version"]]
    missing = [f"{name} ({one['use']})" for name, one in extras.items() if not one["version"]]
    lines = [", ".join(there)] if there else []
    lines += [f"not installed: {', '.join(missing)}"] if missing else []
    return "\n          ".join(lines)
