"""Where the studio keeps things. `PENTIMENTO_HOME` moves everything below one folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import platformdirs

from studio.domain.resources import RESOURCES

_APP = "pentimento"


@dataclass(frozen=True, slots=True)
class Folders:
    """Absolute paths; none is created here. `models` are searched in order."""

    pictures: Path
    data: Path
    config: Path
    cache: Path
    logs: Path
    models: tuple[Path, ...]

    @classmethod
    def discover(cls, environment: Mapping[str, str] = os.environ) -> Folders:
        """The folders of this user, or those below `PENTIMENTO_HOME` when it is set."""
        embedded = RESOURCES / "models"
        if home := environment.get("PENTIMENTO_HOME"):
            base = Path(home).expanduser().absolute()
            return cls(
                pictures=base / "pictures",
                data=base / "data",
                config=base / "config",
                cache=base / "cache",
                logs=base / "logs",
                models=(base / "models", embedded),
            )
        dirs = platformdirs.PlatformDirs(_APP, appauthor=False)
        return cls(
            pictures=dirs.user_pictures_path / "Pentimento",
            data=dirs.user_data_path,
            config=dirs.user_config_path,
            cache=dirs.user_cache_path,
            logs=dirs.user_log_path,
            models=(dirs.user_data_path / "models", embedded),
        )
