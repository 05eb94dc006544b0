"""Runs requests on the GPU or CPU and tells how they go. This façade imports no torch."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from studio.catalog.upscalers import shipped_upscaler
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.events import Pixels, StepSnapshot
from studio.domain.model import ModelInfo
from studio.domain.placement import EngineWishes
from studio.domain.upscalers import UpscalerInfo
from studio.engine.addons import no_addon
from studio.engine.fast import FAST_MODES, FastMode, why_not_for
from studio.engine.protocol import Engine, EngineState, EngineStatus, Job
from studio.engine.questions import SeenByControl
from studio.engine.running import Runner
from studio.engine.segmenting import Candidate, Candidates, ObjectPart, SeenPicture, Segmenting
from studio.engine.worker import LocalEngine

# torch's OpenMP threads spin while they wait for each other: for milliseconds, unless told
# otherwise before torch is loaded, and beside other busy programs that makes a step many times as
# long. Not to spin at all doubles it on a quiet machine, and with less than this the window's own
# work wakes sleepers so often that previews cost 8 %. (A step of the small model on two cores by
# spins of 0, 1000, 4000: 30, 19 and 16 ms; its picture beside two busy programs by spins of 1000,
# 3000, 10000: 1.9, 1.9 and up to 2.8 s, beside eight of them 1, 6 and 13 s.)
os.environ.setdefault("GOMP_SPINCOUNT", "3000")

__all__ = [
    "FAST_MODES",
    "Candidate",
    "Candidates",
    "Engine",
    "EngineState",
    "EngineStatus",
    "FastMode",
    "Job",
    "ObjectPart",
    "SeenByControl",
    "SeenPicture",
    "Segmenting",
    "create_engine",
    "why_not_for",
]


def create_engine(
    find_model: Callable[[str], ModelInfo],
    find_picture: Callable[[str], Pixels],
    find_upscaler: Callable[[str], UpscalerInfo] = shipped_upscaler,
    *,
    model_folders: Sequence[Path] = (),
    previews: bool = True,
    find_snapshot: Callable[[str, int], StepSnapshot | None] = lambda digest, step: None,
    find_addon: Callable[[AddonKind, str], AddonInfo] = no_addon,
    list_addons: Callable[[AddonKind], Sequence[AddonInfo]] = lambda kind: (),
    wishes: Callable[[], EngineWishes] = EngineWishes,
    short_hash: Callable[[ModelInfo | AddonInfo], str] = lambda info: "",
) -> Engine:
    """The engine of this machine, cold: its thread and torch come with the first job or `warm_up`.

    The callables are called on the inference thread: `find_model` with a request's model name
    (raises ModelNotFound), `find_picture` with the digest of a start picture (uint8 (H, W, 3), to
    be upscaled also (H, W, 4); raises a StudioError when it's gone), `find_upscaler` with the name
    of a request's upscaler (raises ModelNotFound), `find_snapshot` with a request's digest and a
    step, 0 to the last: what was kept of it, if anything was, `find_addon` with the kind and the
    name of a LoRA, control and the like (raises ModelNotFound), `list_addons` with a kind for all
    that there is of it. In `model_folders` it looks for a VGG-19, by which it then compares styles.
    Without `previews`, StepPreview tells the progress only: its pixels are (B, 0, 0, 3). `wishes`
    is asked before each job what the artist wants of the engine, `short_hash` by what beginning of
    a hash other programs know a file, empty where that isn't known.
    """

    def make_runner() -> Runner:
        from studio.engine.runner import DiffusionRunner

        return DiffusionRunner(
            find_model,
            find_picture,
            find_upscaler,
            model_folders=model_folders,
            previews=previews,
            find_snapshot=find_snapshot,
            find_addon=find_addon,
            list_addons=list_addons,
            wishes=wishes,
            short_hash=short_hash,
        )

    return LocalEngine(make_runner)
