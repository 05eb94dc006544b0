"""Embeddings: the same bits as the bare pipelines, and words forgotten again."""

from __future__ import annotations

from typing import Any

import pytest
import torch

from studio.domain.addons import AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused
from tests.support.tiny_adapters import write
from tests.support.tiny_models import WIDTH

WORD = "<ink>"


def vectors(count: int, seed: int, width: int = WIDTH) -> torch.Tensor:
    return torch.randn(count, width, generator=torch.Generator().manual_seed(seed))


@pytest.mark.parametrize("count", [1, 3])
@pytest.mark.parametrize("layout", ["emb_params", "<ink>"])
def test_same_bits_as_the_bare_pipeline(sd: Any, layout: str, count: int) -> None:
    words = vectors(count, 1)
    sd.add(write(sd.folder / "Ink-1.safetensors", {layout: words}), AddonKind.EMBEDDING)
    before = sd.ours()

    ours = sd.ours(prompt="a ink-1 cat", negative_prompt="embedding:Ink-1, rain")
    with sd.pipeline() as pipeline:
        pipeline.load_textual_inversion({WORD: words}, token=WORD)
        try:
            theirs = sd.theirs(pipeline, prompt="a <ink> cat", negative_prompt="<ink>, rain")
        finally:
            pipeline.unload_textual_inversion()
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, before)
    assert torch.equal(sd.ours(), before)


def test_two_text_encoders_learn_each_its_own(bench: Any) -> None:
    if bench.info.family != "sdxl":
        return
    words = {"clip_l": vectors(2, 1), "clip_g": vectors(2, 2)}
    bench.add(write(bench.folder / "ink.safetensors", words), AddonKind.EMBEDDING)
    before = bench.ours()

    ours = bench.ours(prompt="a ink cat")
    with bench.pipeline() as pipeline:
        parts = {"clip_l": "", "clip_g": "_2"}
        readers = {
            name: (getattr(pipeline, f"tokenizer{end}"), getattr(pipeline, f"text_encoder{end}"))
            for name, end in parts.items()
        }
        for name, (tokenizer, text_encoder) in readers.items():
            pipeline.load_textual_inversion(
                {WORD: words[name]},
                token=WORD,
                tokenizer=tokenizer,
                text_encoder=text_encoder,
            )
        try:
            theirs = bench.theirs(pipeline, prompt="a <ink> cat")
        finally:
            for tokenizer, text_encoder in readers.values():
                pipeline.unload_textual_inversion(tokenizer=tokenizer, text_encoder=text_encoder)
    assert torch.equal(ours, theirs)
    assert not torch.equal(ours, before)
    assert torch.equal(bench.ours(), before)


def test_the_end_of_a_prompt_stays_its_end(sd: Any) -> None:
    """Old configs say 2 and mean the token with the highest number."""
    sd.add(write(sd.folder / "ink.safetensors", {"emb_params": vectors(1, 1)}), AddonKind.EMBEDDING)
    encoder = sd.family.text_encoder
    holder = getattr(encoder, "text_model", encoder)
    sd.ours(prompt="ink cat")
    right = sd.family.clip.read("ink cat").pooled
    sd.ours()
    known = holder.eos_token_id
    try:
        holder.eos_token_id = 2
        del vars(sd.family)["_changes"]
        sd.ours(prompt="ink cat")
        assert torch.equal(sd.family.clip.read("ink cat").pooled, right)
        sd.ours()
        assert holder.eos_token_id == 2
    finally:
        holder.eos_token_id = known
        del vars(sd.family)["_changes"]


def test_what_is_not_there_is_named_with_what_is_like_it(sd: Any) -> None:
    sd.add(write(sd.folder / "ink.safetensors", {"emb_params": vectors(1, 1)}), AddonKind.EMBEDDING)
    with pytest.raises(ModelNotFound, match=r"embedding “inky”.*Did you mean “ink”\?"):
        sd.ours(prompt="embedding:inky")


def test_of_another_model_it_is_refused_and_nothing_learned(sd: Any) -> None:
    before = sd.ours()
    wide = write(sd.folder / "wide.safetensors", {"emb_params": vectors(1, 1, 2 * WIDTH)})
    sd.add(wide, AddonKind.EMBEDDING)
    with pytest.raises(ModelRefused, match="another kind of model"):
        sd.ours(prompt="wide cat")
    assert torch.equal(sd.ours(), before)

    sd.add(
        write(sd.folder / "xl.safetensors", {"clip_g": vectors(1, 1)}), AddonKind.EMBEDDING, "sdxl"
    )
    with pytest.raises(ModelRefused, match="was made for Stable Diffusion XL"):
        sd.ours(prompt="embedding:xl")
    # The bare name of one that can't be used is a word like any other.
    assert not torch.equal(sd.ours(prompt="xl"), before)
