"""LyCORIS layers as LoRA layers: the same change, by the formulas of the paper."""

from __future__ import annotations

import pytest
import torch
from torch import Tensor

from studio.engine.adapters.lycoris import as_lora, without_alphas

LINEAR = "lora_unet_down_blocks_0_attentions_0_transformer_blocks_0_attn1_to_q"
CONV = "lora_unet_down_blocks_0_resnets_0_conv1"
POINT = "lora_unet_down_blocks_0_attentions_0_proj_in"


def normal(*shape: int) -> Tensor:
    return torch.randn(shape, dtype=torch.float64)


@pytest.fixture(autouse=True)
def same_numbers() -> None:
    torch.manual_seed(1)


def change(layer: str, tensors: dict[str, Tensor]) -> Tensor:
    """What a LoRA layer of the rewritten file changes, (out, in…)."""
    written = as_lora(
        {f"{layer}.{kind}": tensor for kind, tensor in tensors.items()}, linear_projections=False
    )
    assert written.keys() == {f"{layer}.lora_up.weight", f"{layer}.lora_down.weight"}
    up, down = written[f"{layer}.lora_up.weight"], written[f"{layer}.lora_down.weight"]
    assert up.dim() == down.dim()
    product: Tensor = torch.tensordot(up.flatten(1), down, 1)
    return product


def close(left: Tensor, right: Tensor) -> bool:
    return torch.allclose(left, right.to(left), rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("rank", [2, 6])  # 2² is less than a side, 6² more
def test_loha_of_a_linear_layer(rank: int) -> None:
    a, b, c, d = normal(12, rank), normal(rank, 10), normal(12, rank), normal(rank, 10)
    tensors = {"hada_w1_a": a, "hada_w1_b": b, "hada_w2_a": c, "hada_w2_b": d}
    expected = (a @ b) * (c @ d)
    assert close(change(LINEAR, tensors), expected)
    with_alpha = change(LINEAR, tensors | {"alpha": torch.tensor(3.0)})
    assert close(with_alpha, expected * 3 / rank)


@pytest.mark.parametrize(("layer", "kernel"), [(CONV, 3), (POINT, 1)])
def test_loha_of_a_convolution(layer: str, kernel: int) -> None:
    inside = 5 * kernel * kernel
    a, b, c, d = normal(8, 2), normal(2, inside), normal(8, 2), normal(2, inside)
    tensors = {"hada_w1_a": a, "hada_w1_b": b, "hada_w2_a": c, "hada_w2_b": d}
    expected = ((a @ b) * (c @ d)).reshape(8, 5, kernel, kernel)
    assert close(change(layer, tensors), expected)


@pytest.mark.parametrize("rank", [2, 4])
def test_loha_with_cores(rank: int) -> None:
    def half() -> tuple[Tensor, Tensor, Tensor, Tensor]:
        core, up, down = normal(rank, rank, 3, 3), normal(rank, 8), normal(rank, 5)
        return core, up, down, torch.einsum("ijkl,jr,ip->prkl", core, down, up)

    (t1, a1, b1, one), (t2, a2, b2, other) = half(), half()
    tensors = {"hada_t1": t1, "hada_w1_a": a1, "hada_w1_b": b1}
    tensors |= {"hada_t2": t2, "hada_w2_a": a2, "hada_w2_b": b2}
    assert close(change(CONV, tensors), one * other)


@pytest.mark.parametrize("whole_first", [True, False])
@pytest.mark.parametrize("rank", [1, 4])
def test_lokr_with_a_second_factor_of_two(whole_first: bool, rank: int) -> None:
    first_a, first_b = normal(4, 2), normal(2, 2)
    first = first_a @ first_b
    a, b = normal(6, rank), normal(rank, 5)
    tensors = {"lokr_w2_a": a, "lokr_w2_b": b, "alpha": torch.tensor(2.0)}
    tensors |= {"lokr_w1": first} if whole_first else {"lokr_w1_a": first_a, "lokr_w1_b": first_b}
    assert close(change(LINEAR, tensors), torch.kron(first, a @ b) * 2 / rank)


def test_whole_lokr_has_no_alpha() -> None:
    first, second = normal(4, 2), normal(6, 5)
    tensors = {"lokr_w1": first, "lokr_w2": second, "alpha": torch.tensor(9.0)}
    assert close(change(LINEAR, tensors), torch.kron(first, second))


def test_lokr_of_a_convolution() -> None:
    first, second = normal(4, 2), normal(3, 5, 3, 3)
    expected = torch.kron(first[..., None, None], second)
    assert close(change(CONV, {"lokr_w1": first, "lokr_w2": second}), expected)

    a, b = normal(3, 1), normal(1, 5 * 9)
    expected = torch.kron(first[..., None, None], (a @ b).reshape(3, 5, 3, 3))
    assert close(change(CONV, {"lokr_w1": first, "lokr_w2_a": a, "lokr_w2_b": b}), expected)

    core, up, down = normal(2, 2, 3, 3), normal(2, 3), normal(2, 5)
    expected = torch.kron(
        first[..., None, None], torch.einsum("ijkl,jr,ip->prkl", core, down, up).contiguous()
    )
    tensors = {"lokr_w1": first, "lokr_t2": core, "lokr_w2_a": up, "lokr_w2_b": down}
    assert close(change(CONV, tensors), expected)


@pytest.mark.parametrize("shape", [(4, 7), (7, 4), (4, 7, 3, 3), (40, 4, 3, 3)])
def test_full_changes(shape: tuple[int, ...]) -> None:
    full = normal(*shape)
    assert close(change(CONV if len(shape) == 4 else LINEAR, {"diff": full}), full)


def test_plain_layers_stay_and_dtypes_too() -> None:
    plain = {f"{LINEAR}.lora_up.weight": normal(3, 2), "unet.x.lora_A.weight": normal(2, 3)}
    half = {f"{CONV}.diff": normal(4, 4, 3, 3).half()}
    written = as_lora(plain | half, linear_projections=True)
    assert all(written[name] is tensor for name, tensor in plain.items())
    assert written[f"{CONV}.lora_down.weight"].dtype == torch.float16


@pytest.mark.parametrize("alpha", [None, 1.0])
def test_a_convolution_of_three_factors(alpha: float | None) -> None:
    up, mid, down = normal(8, 2, 1, 1), normal(2, 2, 3, 3), normal(2, 5, 1, 1)
    tensors = {"lora_up.weight": up, "lora_mid.weight": mid, "lora_down.weight": down}
    scale = 1.0
    if alpha is not None:
        tensors["alpha"] = torch.tensor(alpha)
        scale = alpha / 2
    whole = torch.zeros(8, 5, 3, 3, dtype=torch.float64)
    for i in range(2):
        for j in range(2):
            outer = torch.outer(up[:, i, 0, 0], down[j, :, 0, 0])
            whole += outer[..., None, None] * mid[i, j]
    assert close(change(CONV, tensors), scale * whole)


def test_alphas_of_one_value_stay_and_others_go_into_the_weights() -> None:
    def layer(name: str, alpha: float | None) -> dict[str, Tensor]:
        tensors = {f"{name}.lora_up.weight": torch.ones(3, 2)}
        tensors |= {f"{name}.lora_down.weight": torch.ones(2, 3)}
        return tensors | ({} if alpha is None else {f"{name}.alpha": torch.tensor(alpha)})

    same = layer("lora_a", 1.0) | layer("lora_b", 1.0)
    assert without_alphas(same) == same
    for other, scale in ((4.0, 2.0), (None, 1.0)):
        scaled = without_alphas(layer("lora_a", 1.0) | layer("lora_b", other))
        assert not any(name.endswith(".alpha") for name in scaled)
        assert (scaled["lora_a.lora_up.weight"] == 0.5).all()
        assert (scaled["lora_b.lora_up.weight"] == scale).all()
