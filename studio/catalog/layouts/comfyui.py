"""ComfyUI: “models” with a folder for each kind, and `extra_model_paths.yaml` with those of others.

Source: ComfyUI's folder_paths.py and extra_model_paths.yaml.example. In the file every section is a
place with a `base_path` and, for each kind, one path or several, one a line.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from studio.catalog.bounded import read_yaml
from studio.catalog.layouts.walk import Root

_KINDS: Final = (
    "checkpoints",
    "diffusion_models",
    "unet",
    "diffusers",
    "loras",
    "vae",
    "text_encoders",
    "clip",
    "clip_vision",
    "controlnet",
    "t2i_adapter",
    "ipadapter",
    "embeddings",
    "annotators",
    "depthanything",
    "segmentation",
    "upscale_models",
)
_NEEDED: Final = 2
_EXTRA: Final = "extra_model_paths.yaml"
_PROGRAM: Final = "ComfyUI"
_MAX_PATHS: Final = 200


def is_comfyui(path: Path) -> bool:
    """Whether this is the program's folder, its portable edition's, or its folder of models."""
    return _models_folder(path) is not None or (path / _EXTRA).is_file()


def roots(path: Path) -> tuple[Root, ...]:
    """The folders of all kinds that are there, then those that the extra file names."""
    models = _models_folder(path) or path / "models"
    base = models.parent
    found = [models / kind for kind in _KINDS]
    found += _extra_paths(base / _EXTRA)
    return tuple(Root(folder) for folder in dict.fromkeys(found) if folder.is_dir())


def _models_folder(path: Path) -> Path | None:
    for models in (path / "models", path / _PROGRAM / "models", path):
        kinds = [kind for kind in _KINDS if (models / kind).is_dir()]
        if len(kinds) >= _NEEDED:
            return models
    return None


def _extra_paths(path: Path) -> list[Path]:
    record = read_yaml(path)
    found: list[Path] = []
    for section in record.values():
        if isinstance(section, dict):
            found += _section_paths(section, path.parent)
    return found[:_MAX_PATHS]


def _section_paths(section: dict[Any, Any], beside: Path) -> Iterator[Path]:
    base = section.get("base_path")
    folder = _path(base, beside) if isinstance(base, str) and base.strip() else beside
    for kind in _KINDS:
        if isinstance(paths := section.get(kind), str):
            for line in paths.splitlines():
                if line.strip():
                    yield _path(line, folder)


def _path(text: str, beside: Path) -> Path:
    """A path as the file writes it; one that starts at the root or at home needs no base."""
    path = Path(text.strip().replace("\0", ""))
    try:
        path = path.expanduser()
    except RuntimeError:
        return beside / path
    return path if path.is_absolute() else beside / path
