"""`models download`."""

from __future__ import annotations

import argparse
from typing import Any, Final

from studio.domain.addons import AddonKind
from studio.domain.errors import UsageError

# As catalog/downloads/destinations.py has them; that room is opened only when it is needed.
KINDS: Final = ("model", *AddonKind, "style-network")
_EXAMPLES: Final = """\
examples:
  pentimento models download sdxl
  pentimento models download org/name --variant fp16
  pentimento models download org/name@v1.0:file.safetensors --to lora
  pentimento models download https://example.org/file.safetensors#sha256=…
"""


def add_action(actions: Any) -> None:
    text = "fetch a model from Hugging Face, from an address, or one of the list"
    parser = actions.add_parser(
        "download",
        help=text,
        description=f"{text[0].upper()}{text[1:]}. Ctrl+C pauses; the same command goes on.",
        epilog=_EXAMPLES,
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument(
        "source", nargs="?", help="a name of --list, org/name[@revision][:file], or https://…"
    )
    parser.add_argument(
        "--to",
        choices=KINDS,
        metavar="KIND",
        help=f"what it is, if the file itself doesn't tell: {', '.join(KINDS)}",
    )
    parser.add_argument("--variant", default="", help="of the weights, such as fp16")
    parser.add_argument("--list", action="store_true", help="what is worth downloading, and paused")
    parser.add_argument(
        "--login",
        metavar="SITE",
        nargs="?",
        const="",
        help="keep a token for a site (Hugging Face, if none is named) in the system's keyring",
    )
    parser.add_argument("--json", action="store_true", help="print one JSON object")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Fetch, list or log in; 130 when it was paused with Ctrl+C."""
    from studio.catalog.downloads import Destination
    from studio.cli.models import downloading
    from studio.folders import Folders

    if sum((arguments.source is not None, arguments.list, arguments.login is not None)) != 1:
        raise UsageError("Name one thing to download, or --list, or --login.")
    if arguments.login is not None:
        return downloading.log_in(arguments.login)
    folder = Folders.discover().models[0]
    if arguments.list:
        return downloading.print_list(folder, as_json=arguments.json)
    destination = Destination(arguments.to) if arguments.to else None
    return downloading.fetch(
        folder, arguments.source, destination, arguments.variant, as_json=arguments.json
    )
