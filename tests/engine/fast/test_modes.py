"""Fast modes on a tiny model: what each is said to change, it changes, and no more."""

from __future__ import annotations

import copy
from typing import Any

import pytest
import torch

from studio.domain.request import Request
from studio.engine.denoise import denoise, prepare
from studio.engine.families.sd import StableDiffusion
from studio.engine.fast import FAST_MODES, Fidelity, apply_modes, available, why_not_for
from studio.engine.fast.caching import begin_job, cache_first_block

JOB = Request(prompt="a cat", seed=5, model="tiny", width=32, height=24, num_inference_steps=4)


@torch.inference_mode()
def picture(family: StableDiffusion) -> torch.Tensor:
    run = prepare(family, JOB)
    for _ in denoise(run):
        pass
    return family.decode(run.latents)


def hastened(family: StableDiffusion, *names: str) -> tuple[StableDiffusion, list[str]]:
    parts: dict[str, Any] = copy.deepcopy(
        {"unet": family.unet, "vae": family.vae, "text_encoder": family.clip.text_encoder}
    )
    used = apply_modes(parts, names, "cpu")
    made = StableDiffusion(
        **parts, tokenizer=family.clip.tokenizer, scheduler_config=family.scheduler_config
    )
    return made, used


@pytest.mark.parametrize("name", ["channels-last", "fused-qkv"])
def test_what_is_called_rounding_is_no_more(tiny_family: StableDiffusion, name: str) -> None:
    assert FAST_MODES[name].fidelity is Fidelity.ROUNDING
    family, used = hastened(tiny_family, name)
    assert used == [name]
    assert torch.allclose(picture(family), picture(tiny_family), atol=1e-5)


def test_all_that_a_cpu_can_do_go_together(tiny_family: StableDiffusion) -> None:
    family, used = hastened(tiny_family, "fused-qkv", "channels-last")
    assert used == ["channels-last", "fused-qkv"]
    assert torch.allclose(picture(family), picture(tiny_family), atol=1e-5)


def test_what_cannot_be_used_is_left_out(tiny_family: StableDiffusion) -> None:
    _, used = hastened(tiny_family, "cuda-graphs", "first-block-cache", "unheard-of")
    assert used == []
    names = [mode.name for mode in available("cpu", tiny_family.unet)]
    assert "cuda-graphs" not in names
    assert "channels-last" in names


def test_the_table_says_of_each_what_it_does_and_what_it_needs() -> None:
    for name, mode in FAST_MODES.items():
        assert mode.name == name
        assert mode.sentence.endswith(".")
        for kind in ("cpu", "cuda"):
            assert mode.why_not(kind, None) == "" or mode.why_not(kind, None).endswith(".")
    order = [list(Fidelity).index(mode.fidelity) for mode in FAST_MODES.values()]
    assert order == sorted(order)


def test_a_mode_is_only_offered_where_some_model_can_use_it() -> None:
    channels, cache = FAST_MODES["channels-last"], FAST_MODES["first-block-cache"]
    assert why_not_for(channels, "cpu", {"sd", "flux"}) == ""
    assert "UNet" in why_not_for(channels, "cpu", {"flux"})
    assert "transformers" in why_not_for(cache, "cpu", {"sd", "sdxl"})
    assert why_not_for(cache, "cuda", {"z-image"}) == ""


@pytest.fixture(scope="module")
def transformer() -> Any:
    from diffusers import FluxTransformer2DModel

    torch.manual_seed(0)
    make: Any = FluxTransformer2DModel
    made = make(
        patch_size=1, in_channels=4, num_layers=2, num_single_layers=2, attention_head_dim=8,
        num_attention_heads=2, joint_attention_dim=8, pooled_projection_dim=8,
        axes_dims_rope=(2, 2, 4),
    )  # fmt: skip
    return made.eval().requires_grad_(False)


def steps(transformer: Any, count: int = 6, passes: int = 1) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    start = torch.randn(1, 4, 4, generator=generator)
    prompts = [torch.randn(1, 3, 8, generator=generator) for _ in range(passes)]
    outputs = []
    with torch.inference_mode():
        for number in range(count):
            for prompt in prompts:
                output = transformer(
                    hidden_states=start + 0.001 * number,
                    encoder_hidden_states=prompt,
                    pooled_projections=torch.ones(1, 8),
                    timestep=torch.tensor([1 - number / 1000]),
                    img_ids=torch.zeros(4, 3),
                    txt_ids=torch.zeros(3, 3),
                    return_dict=False,
                )[0]
                outputs.append(output)
    return outputs


@pytest.mark.parametrize("passes", [1, 2])
def test_a_first_block_cache_skips_blocks_and_forgets_between_jobs(
    transformer: Any, passes: int
) -> None:
    plain = steps(transformer, passes=passes)
    caching = copy.deepcopy(transformer)
    cache_first_block(caching)
    calls = []
    caching.transformer_blocks[0].register_forward_hook(lambda *_: calls.append(1))
    begin_job()
    first = steps(caching, passes=passes)
    for mine, whole in zip(first[:passes], plain[:passes], strict=True):
        assert torch.equal(mine, whole)  # nothing to take over yet, for neither prompt
    assert not all(torch.equal(mine, whole) for mine, whole in zip(first, plain, strict=True))
    begin_job()
    again = steps(caching, passes=passes)
    for one, other in zip(first, again, strict=True):
        assert torch.equal(one, other)
    assert len(calls) == 2 * 6 * passes
