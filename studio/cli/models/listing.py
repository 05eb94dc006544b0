"""`models list`."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from studio.catalog import Catalog
from studio.catalog.upscalers import as_addon
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.model import FAMILY_TITLES, ModelInfo

_MODEL = "model"
_KINDS = (_MODEL, *AddonKind)


@dataclass(frozen=True, slots=True)
class _Row:
    kind: str
    info: ModelInfo | AddonInfo


def add_action(actions: Any) -> None:
    text = "list the models on this disk, and what goes with them"
    parser = actions.add_parser("list", help=text, description=text.capitalize() + ".")
    parser.add_argument(
        "--kind", choices=_KINDS, metavar="KIND", help=f"one of {', '.join(_KINDS)}"
    )
    parser.add_argument(
        "--family", choices=FAMILY_TITLES, metavar="FAMILY", help=f"of {', '.join(FAMILY_TITLES)}"
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print one line for each model and addon, then what can't be used and why."""
    from studio.folders import Folders

    catalog = Catalog.of(Folders.discover())
    rows = list(_rows(catalog, arguments.kind, arguments.family or ""))
    if arguments.json:
        told: dict[str, Any] = {
            "models": [_record(row) for row in rows],
            "refused": [{"path": str(one.path), "reason": one.reason} for one in catalog.refused()],
        }
        print(json.dumps(told, ensure_ascii=False))
        return 0
    for row in rows:
        print(_line(row))
    for refusal in catalog.refused():
        print(f"not used: {refusal.path}\n  {refusal.reason}")
    return 0


def _rows(catalog: Catalog, kind: str | None, family: str) -> Iterator[_Row]:
    if kind in (None, _MODEL):
        for model in catalog.models():
            if family in ("", model.family):
                yield _Row(_MODEL, model)
    if kind != _MODEL:
        for addon in catalog.addons(AddonKind(kind) if kind else None, family):
            yield _Row(addon.kind, addon)
    if kind in (None, AddonKind.UPSCALER) and not family:
        for upscaler in map(as_addon, catalog.upscalers()):
            yield _Row(upscaler.kind, upscaler)


def _record(row: _Row) -> dict[str, Any]:
    info = row.info
    return {
        "kind": row.kind,
        "name": info.name,
        "title": info.title,
        "family": info.family,
        "variant": _variant(info),
        "precision": info.precision,
        "parameters": info.parameters,
        "size_bytes": info.size_bytes,
        "licence": info.licence,
        "path": str(info.path),
    }


def _line(row: _Row) -> str:
    info = row.info
    family = FAMILY_TITLES.get(info.family, info.family)
    size = f"{info.size_bytes / (1 << 30):.2f} GiB" if info.size_bytes else ""
    told = ", ".join(filter(None, (family, _variant(info), info.precision, size)))
    return f"{row.kind:15} {info.name}  {told}"


def _variant(info: ModelInfo | AddonInfo) -> str:
    """Which of its kind an addon is, or what it finds in a picture: “depth”, “canny”, “t5-xxl”."""
    return info.variant if isinstance(info, AddonInfo) else ""
