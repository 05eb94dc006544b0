"""FreeU, perturbed attention guidance and clip skip: the same bits as the bare pipelines."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
import torch

from studio.domain.adapters import FreeU
from studio.domain.errors import RequestError
from studio.engine.adapters.wishes import Wishes


def test_freeu_and_its_end(bench: Any) -> None:
    before = bench.ours()
    ours = bench.ours(freeu=FreeU(b1=1.1, b2=1.2, s1=0.8, s2=0.3))
    with bench.pipeline() as pipeline:
        pipeline.enable_freeu(s1=0.8, s2=0.3, b1=1.1, b2=1.2)
        try:
            theirs = bench.theirs(pipeline)
        finally:
            pipeline.disable_freeu()
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, before)
    assert torch.equal(bench.ours(), before)


@pytest.mark.parametrize("guidance_scale", [4.0, 1.0])
def test_perturbed_attention(bench: Any, guidance_scale: float) -> None:
    changes = {"guidance_scale": guidance_scale, "num_images_per_prompt": 2}
    before = bench.ours(**changes)
    processors = bench.family.unet.attn_processors
    ours = bench.ours(**changes, pag_scale=2.5)
    with bench.pipeline(pag=True) as pipeline:
        theirs = bench.theirs(pipeline, **changes, pag_scale=2.5)
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, before)
    assert bench.family.unet.attn_processors == processors
    assert torch.equal(bench.ours(**changes), before)


@pytest.mark.parametrize("clip_skip", [1, 2])
def test_clip_skip(bench: Any, clip_skip: int) -> None:
    # The bare pipelines leave layers out of the prompt alone, not of what it is guided away from.
    changes = {"clip_skip": clip_skip, "guidance_scale": 1.0}
    before = bench.ours(**{**changes, "clip_skip": 0})
    ours = bench.ours(**changes)
    with bench.pipeline() as pipeline:
        encoder = vars(pipeline.text_encoder)
        encoder["text_model"] = pipeline.text_encoder  # where the pipeline looks for the last norm
        theirs = bench.theirs(pipeline, **changes)
        del encoder["text_model"]
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, before)


def test_no_encoder_leaves_out_more_layers_than_it_has(bench: Any) -> None:
    with pytest.raises(RequestError, match="has 3 layers"):
        bench.ours(clip_skip=12)


def test_other_kinds_of_models_say_that_they_cannot(sd: Any) -> None:
    flux = replace(sd.info, family="flux")
    with pytest.raises(RequestError, match=r"FreeU works with .* “Sd” is FLUX.1"):
        Wishes.of(sd.request(freeu=FreeU()), flux, lambda kind: ())
    with pytest.raises(RequestError, match="Perturbed attention"):
        Wishes.of(sd.request(pag_scale=1.0), flux, lambda kind: ())
