"""`models remove`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import Any

from studio.catalog import Catalog
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelNotFound
from studio.domain.model import ModelInfo
from studio.domain.upscalers import UpscalerInfo


def add_action(actions: Any) -> None:
    text = "forget a folder that was added, or move a model of the studio's own to the trash"
    parser = actions.add_parser("remove", help=text, description=text.capitalize() + ".")
    parser.add_argument("name", metavar="NAME|FOLDER", help="a model's name, or a folder")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    """Forget the folder, or move the model to the trash. Nothing of other programs is touched.

    Raises:
        ModelError: there is no such folder or model, or it belongs to another program.
        StorageError: the disk refused.
    """
    from studio.catalog.trash import check_is_own, move_to_home_trash
    from studio.folders import Folders

    catalog = Catalog.of(Folders.discover())
    folder = Path(arguments.name).expanduser().absolute()
    if folder in [place.path for place in catalog.places()]:
        catalog.remove_place(folder)
        print(f"Forgotten: {folder}. What lies there stays as it is.")
        return 0
    info = _find(catalog, arguments.name)
    check_is_own(info, catalog.folders)
    print(f"Moved to the trash: {info.path} → {move_to_home_trash(info.path)}")
    return 0


def _find(catalog: Catalog, name: str) -> ModelInfo | AddonInfo | UpscalerInfo:
    known: tuple[ModelInfo | AddonInfo | UpscalerInfo, ...]
    known = (*catalog.models(), *catalog.addons(), *catalog.upscalers())
    for info in known:
        if info.name == name:
            return info
    raise ModelNotFound(
        f"There is no model, addon or added folder “{name}”.",
        "“pentimento models list” shows what there is.",
    )
