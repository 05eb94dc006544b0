"""An import into a history that is open, with its thumbnails."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from studio.library.importing import Import, ReadPicture
from studio.library.picture import Picture
from studio.library.store import Store
from studio.library.thumbnails import Thumbnails


def import_into(store: Store, thumbnails: Thumbnails, files: Sequence[Path]) -> Import:
    """What brings these files in when it is run. Files that are there already are passed over.

    Raises:
        StorageError: the history can't be read.
    """

    def keep(found: Sequence[ReadPicture]) -> list[Picture]:
        pictures = store.keep_imported(found)
        for one in found:
            for side_px, content in one.thumbnails:
                thumbnails.keep(one.record.pixel_digest, side_px, content)
        return pictures

    return Import(files, store.file_digests(), keep)
