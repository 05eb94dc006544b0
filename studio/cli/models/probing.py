"""`models probe`."""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path
from typing import Any

from studio.catalog.card_reading import read_card
from studio.catalog.records import Entry
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused
from studio.domain.model import FAMILY_TITLES, ModelInfo
from studio.domain.upscalers import UpscalerInfo


def add_action(actions: Any) -> None:
    text = "say what files or folders are, from their headers alone"
    parser = actions.add_parser("probe", help=text, description=text.capitalize() + ".")
    parser.add_argument("paths", metavar="FILE", nargs="+", type=Path, help="a file or a folder")
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Print what each is; 1 if any can't be used."""
    told = [_told(path) for path in arguments.paths]
    if arguments.json:
        print(json.dumps({"files": told}, ensure_ascii=False))
    else:
        for record in told:
            print(_in_words(record))
    refused = [record["refused"] for record in told if "refused" in record]
    if refused:
        print(f"pentimento: {refused[0]}", file=sys.stderr)
    return 1 if refused else 0


def _told(path: Path) -> dict[str, Any]:
    from studio.catalog.examining import probe

    try:
        entry = probe(path)
    except ModelRefused as error:
        return {"path": str(path), "refused": str(error)}
    return {"path": str(path), **_facts(entry)}


def _facts(entry: Entry | None) -> dict[str, Any]:
    match entry:
        case ModelInfo():
            facts = {
                "kind": "model",
                "task": entry.task,
                "prediction_type": entry.prediction_type,
                "native_size": str(entry.native_size),
                "steps": entry.default_steps,
                "guidance_scale": entry.default_guidance_scale,
                "scheduler": entry.default_scheduler,
            }
        case AddonInfo():
            facts = {
                "kind": entry.kind,
                "variant": entry.variant,
                "trigger_words": list(entry.trigger_words),
            }
        case UpscalerInfo():
            return {"kind": "upscaler", "variant": entry.architecture}
        case _:
            return {"kind": "style-network"}
    card = read_card(entry, None)
    return {
        "title": entry.title,
        "family": entry.family,
        **facts,
        "precision": entry.precision,
        "parameters": entry.parameters,
        "size_bytes": entry.size_bytes,
        "base_model": card.base_model,
        "licence": card.licence_title,
        "permits": list(card.permits),
    }


def _in_words(record: dict[str, Any]) -> str:
    lines = [record["path"]]
    for name, value in record.items():
        if name == "path" or value in ("", [], 0):
            continue
        if name == "family":
            value = FAMILY_TITLES.get(value, value)
        elif name == "parameters":
            value = f"{value / 1e6:,.1f} million"
        elif name == "size_bytes":
            name, value = "size", f"{value / (1 << 30):.2f} GiB"
        elif isinstance(value, list):
            value = (" " if name == "permits" else ", ").join(value)
        lines.append(f"  {name.replace('_', ' '):15} {value}")
    return "\n".join(lines)
