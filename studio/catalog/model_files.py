"""From a single file of weights to what the studio knows about it before it loads it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

from studio.catalog import model_metadata
from studio.catalog.defaults import defaults_for
from studio.catalog.gguf import read_gguf_header
from studio.catalog.kinds import FileKind, Finding, classify
from studio.catalog.precision import parameters_of, precision_of
from studio.catalog.probe import Header, read_header
from studio.catalog.sidecars import config_says_v, read_notes
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelRefused
from studio.domain.model import FAMILY_TITLES, ModelInfo
from studio.domain.upscalers import Architecture, UpscalerInfo

PICKLES: Final = frozenset({".ckpt", ".pt", ".pth", ".bin", ".pkl", ".pickle"})
WEIGHTS: Final = frozenset({".safetensors", ".sft", ".gguf"})
_GGUF: Final = ".gguf"
_SAFE_TITLE_CHARS: Final = 200
_UNKNOWN: Final = "unknown"


def read_weights_header(path: Path) -> Header:
    """The header of a safetensors or GGUF file.

    Raises:
        ModelRefused: a pickle, damaged, or of another format; the sentence says which.
    """
    suffix = path.suffix.lower()
    if suffix in PICKLES:
        raise ModelRefused(
            f"{path.name} is a pickle, which can run any program when it is opened.",
            "Fetch the model's safetensors file, or make one with “pentimento models convert”.",
        )
    return read_gguf_header(path) if suffix == _GGUF else read_header(path)


def read_model_file(path: Path, name: str) -> ModelInfo | AddonInfo | UpscalerInfo | None:
    """What the file at `path` is, called `name`; None for what serves the studio elsewhere.

    Raises:
        ModelRefused: unsafe, damaged or nothing that the studio knows; the sentence says which.
    """
    header = read_weights_header(path)
    finding = classify(header, name)
    if finding.kind is FileKind.STYLE_NETWORK:
        return None
    if finding.kind is FileKind.UPSCALER:
        return UpscalerInfo(name, name, path, Architecture(finding.variant))
    if finding.kind is FileKind.CHECKPOINT:
        return _model(path, name, header, finding)
    return addon_of(path, name, header, finding, _size(path))


def addon_of(path: Path, name: str, header: Header, finding: Finding, size_bytes: int) -> AddonInfo:
    """What is known of an addon in a file or folder whose header (or merged headers) this is."""
    notes = read_notes(path)
    triggers = notes.trigger_words or model_metadata.trigger_words(header.metadata)
    return AddonInfo(
        name=name,
        title=notes.title[:_SAFE_TITLE_CHARS] or name,
        kind=AddonKind(finding.kind),
        family=finding.family,
        path=path,
        variant=finding.variant,
        precision=precision_of(header),
        parameters=parameters_of(header),
        size_bytes=size_bytes,
        licence=model_metadata.spec(header.metadata, "license", 200) or _UNKNOWN,
        trigger_words=triggers,
        written_hash=model_metadata.written_hash(header.metadata),
    )


def _model(path: Path, name: str, header: Header, finding: Finding) -> ModelInfo:
    if finding.family not in FAMILY_TITLES:
        raise ModelRefused(
            f"{path.name} is a whole model, but its family can't be told.",
            "Its text encoder is of none of the kinds that the studio knows.",
        )
    notes = read_notes(path)
    prediction = _prediction(path, header, finding)
    defaults = defaults_for(finding.family, name, finding.task, finding.variant, prediction)
    return ModelInfo(
        name=name,
        title=notes.title[:_SAFE_TITLE_CHARS] or name,
        family=finding.family,
        path=path,
        size_multiple_px=defaults.multiple_px,
        sizes=defaults.sizes,
        default_steps=defaults.steps,
        default_guidance_scale=defaults.guidance_scale,
        default_scheduler=defaults.scheduler,
        licence=model_metadata.spec(header.metadata, "license", 200) or _UNKNOWN,
        task=finding.task,
        prediction_type=prediction,
        precision=precision_of(header),
        parameters=parameters_of(header),
        size_bytes=_size(path),
    )


def _prediction(path: Path, header: Header, finding: Finding) -> str:
    """The maker's word, then the reference code's config beside it, then the tensors and name."""
    declared = model_metadata.prediction_type(header.metadata)
    if declared and finding.prediction_type != "flow_prediction":
        return declared
    if config_says_v(path):
        return "v_prediction"
    return finding.prediction_type


def _size(path: Path) -> int:
    try:
        return path.stat().st_size
    except OSError as error:
        raise ModelRefused(f"{path.name} can't be read: {error.strerror}.") from error
