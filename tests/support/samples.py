"""Requests and pixels for tests, and a disk that fails when told to."""

from __future__ import annotations

import errno
import os
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import numpy as np
from hypothesis import strategies as st

from studio.domain.adapters import FreeU, LoraUse, Refiner, SkipLayers
from studio.domain.branch import Branch
from studio.domain.control import Control, Preprocessor, Reference, ReferenceKind
from studio.domain.events import Pixels
from studio.domain.hires import Tiling
from studio.domain.limits import (
    MAX_GUIDANCE_SCALE,
    MAX_IMAGES_PER_PROMPT,
    MAX_SEED,
    MAX_SIDE_PX,
    MAX_STEPS,
    MIN_SIDE_PX,
)
from studio.domain.request import PictureRef, Request
from studio.domain.schedulers import Scheduler
from studio.domain.stylize import (
    MAX_ITERATIONS,
    MAX_SCALE,
    MAX_STYLES,
    MAX_WEIGHT,
    MIN_SCALE,
    LossWeights,
    StyleColours,
    StyleLoss,
    StyleMethod,
    StyleSource,
    Stylize,
    WeightChange,
)
from studio.domain.upscalers import UPSCALES
from studio.library.files.disk import Disk
from studio.library.picture import Picture, PictureRecord

texts = st.text(max_size=200)
"""Any text that UTF-8 can hold: emoji, NUL, newlines, every script; no lone surrogates."""

picture_refs = st.builds(
    PictureRef,
    digest=st.binary(min_size=32, max_size=32).map(bytes.hex),
    width=st.integers(1, 65_535),
    height=st.integers(1, 65_535),
)


def _few(each: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...]]:
    # Most requests have none of what there may be several of.
    return st.just(()) | st.lists(each, max_size=2).map(tuple)


_names = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=20)
_signed = st.floats(-8, 8)
_controls = st.builds(
    Control,
    _names,
    picture_refs,
    st.sampled_from(Preprocessor),
    st.floats(0, 2),
    st.floats(0, 0.5),
    st.floats(0.5, 1, exclude_min=True),
)


def _requests(upscale: int) -> st.SearchStrategy[Request]:
    sides = st.integers(MIN_SIDE_PX, MAX_SIDE_PX // upscale)
    return st.builds(
        Request,
        prompt=texts,
        negative_prompt=texts,
        model=texts,
        seed=st.integers(0, MAX_SEED - MAX_IMAGES_PER_PROMPT),
        width=sides,
        height=sides,
        num_inference_steps=st.integers(1, MAX_STEPS),
        guidance_scale=st.floats(0.0, MAX_GUIDANCE_SCALE) | st.integers(0, 50),
        scheduler=st.sampled_from(Scheduler),
        num_images_per_prompt=st.integers(1, MAX_IMAGES_PER_PROMPT),
        init_image=st.none() | picture_refs,
        strength=st.floats(0.01, 1.0),
        upscale=st.just(upscale),
        loras=_few(st.builds(LoraUse, _names, _signed, _few(_signed), st.none() | _signed)),
        vae=st.just("") | _names,
        clip_skip=st.integers(0, 2),
        freeu=st.none() | st.builds(FreeU, *[st.floats(0, 4)] * 4),
        pag_scale=st.floats(0, 20),
        skip_layers=st.none()
        | st.builds(
            SkipLayers, st.floats(0, 20), _few(st.integers(0, 255)), *[st.floats(0, 1)] * 2
        ),
        image_guidance_scale=st.floats(0, 20),
        refiner=st.none() | st.builds(Refiner, _names, st.floats(0, 1)),
        controls=_few(_controls),
        references=_few(
            st.builds(
                Reference, _names, picture_refs, st.floats(0, 1), st.sampled_from(ReferenceKind)
            )
        ),
        tiling=st.none() | st.builds(Tiling, st.integers(64, 2048), st.integers(0, 32)),
    )


def _upscalings(upscale: int) -> st.SearchStrategy[Request]:
    def of(ref: PictureRef, prompt: str, upscaler: str) -> Request:
        values = {"num_inference_steps": 0, "init_image": ref, "upscaler": upscaler}
        return Request(prompt, 7, "", ref.width, ref.height, upscale=upscale, **values)

    sides = st.integers(1, 2000)
    digests = st.binary(min_size=32, max_size=32).map(bytes.hex)
    return st.builds(of, st.builds(PictureRef, digests, sides, sides), texts, texts)


def _styles(pictured: bool) -> st.SearchStrategy[tuple[StyleSource, ...]]:
    source = st.builds(
        StyleSource,
        picture=picture_refs if pictured else st.none(),
        painted=st.just("") if pictured else st.text(min_size=1, max_size=20),
        weight=st.floats(0.001, MAX_WEIGHT),
        scale=st.floats(MIN_SCALE, MAX_SCALE),
    )
    return st.lists(source, min_size=1, max_size=MAX_STYLES).map(tuple)


_weights = st.builds(LossWeights, st.floats(0, MAX_WEIGHT), st.floats(0, MAX_WEIGHT))
_changes = st.lists(
    st.builds(WeightChange, st.integers(0, MAX_ITERATIONS), _weights),
    max_size=3,
    unique_by=lambda change: change.iteration,
).map(lambda changes: tuple(sorted(changes, key=lambda change: change.iteration)))


@st.composite
def _stylizes(draw: st.DrawFn) -> Stylize:
    pictured, mask = draw(st.booleans()), draw(st.none() | picture_refs)
    return Stylize(
        draw(_styles(pictured)),
        method=draw(st.sampled_from(StyleMethod)) if pictured else StyleMethod.INSTANT,
        strength=draw(st.floats(0, 1)),
        colours=draw(st.sampled_from(StyleColours)),
        mask=mask,
        feather_px=draw(st.integers(0, 100)),
        outside=() if mask is None or draw(st.booleans()) else draw(_styles(pictured)),
        iterations=draw(st.integers(1, MAX_ITERATIONS)),
        loss=draw(st.sampled_from(StyleLoss)),
        weights=draw(_weights),
        changes=draw(_changes),
        stopped_at=draw(st.none() | st.integers(1, MAX_ITERATIONS)),
    )


stylizes = _stylizes()


@st.composite
def _styled(draw: st.DrawFn) -> Request:
    stylize = draw(stylizes)
    side = st.integers(1, 2000)
    content = PictureRef("0e" * 32, draw(side), draw(side))
    if stylize.mask is not None:
        mask = PictureRef(stylize.mask.digest, content.width, content.height)
        stylize = replace(stylize, mask=mask)
    values = {"num_inference_steps": 0, "init_image": content, "stylize": stylize}
    return Request("", 0, "", content.width, content.height, **values)


@st.composite
def branches(draw: st.DrawFn) -> Request:
    """Requests that go on from a step of another one, which may be a branch itself."""
    request = replace(draw(_requests(1)), num_images_per_prompt=1)
    for _ in range(draw(st.integers(1, 3))):
        most = min(request.steps_taken, request.whole_way - 1)
        step = draw(st.integers(0, most))
        painted = draw(st.none() | st.just(PictureRef("0f" * 32, request.width, request.height)))
        request = replace(
            request,
            prompt=draw(texts),
            seed=draw(st.integers(0, 99)),
            guidance_scale=draw(st.floats(0.0, MAX_GUIDANCE_SCALE)),
            last_step=draw(st.none() | st.integers(step + 1, MAX_STEPS)),
            branch=Branch(request, step, painted),
        )
    return request


requests = st.one_of(
    *map(_requests, UPSCALES), *map(_upscalings, UPSCALES[1:]), _styled(), branches()
)


def a_request(prompt: str = "a cat in the snow", seed: int = 7, **others: object) -> Request:
    values = {"model": "tiny", "width": 64, "height": 48, **others}
    return Request(prompt=prompt, seed=seed, **values)  # type: ignore[arg-type]


def a_picture(number: int = 1, request: Request | None = None, index: int = 0) -> Picture:
    """A picture of no file, made by `request` (the usual one) in 2026."""
    made_by = request or a_request()
    size = made_by.finished_size
    created = datetime(2026, 1, 1, tzinfo=UTC)
    record = PictureRecord(made_by, index, created, 1.0, f"{number:064x}")
    return Picture(number, Path("/p.png"), size.width, size.height, False, record)


def noise(seed: int = 0, width: int = 64, height: int = 48) -> Pixels:
    """Pixels (height, width, 3) that no other seed gives."""
    return np.random.default_rng(seed).integers(0, 256, (height, width, 3), dtype=np.uint8)


class FailingDisk(Disk):
    """A disk whose call number `fail_at` (the first is 1) fails with `error`; 0 never fails."""

    def __init__(self, fail_at: int = 0, error: int = errno.ENOSPC) -> None:
        self.fail_at = fail_at
        self.calls = 0
        self._error = error

    def create(self, path: Path) -> int:
        self._count(path)
        return super().create(path)

    def write(self, descriptor: int, content: memoryview) -> int:
        # A disk that fills up takes a part first.
        if self.calls + 1 == self.fail_at:
            super().write(descriptor, content[: len(content) // 2])
        self._count(None)
        return super().write(descriptor, content)

    def sync(self, descriptor: int) -> None:
        self._count(None)
        super().sync(descriptor)

    def rename(self, source: Path, target: Path) -> None:
        self._count(target)
        super().rename(source, target)

    def sync_folder(self, folder: Path) -> None:
        self._count(folder)
        super().sync_folder(folder)

    def _count(self, path: Path | None) -> None:
        self.calls += 1
        if self.calls == self.fail_at:
            raise OSError(self._error, os.strerror(self._error), path)
