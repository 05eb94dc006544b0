"""What a LoRA's relatives do to a layer beside adding a matrix of low rank to its weight.

Each is given what the layer made of its input, and says what to add to that; the layer stays as it
is, so taking the change away leaves no trace. Strength 0 is the layer itself, 1 what was trained.
All of them start from the model's own weight, and what they add is summed: the order in which
several are used doesn't matter.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass, fields, replace
from typing import Any, Self

import torch
from torch import Tensor, nn
from torch.nn import functional


@dataclass(frozen=True, slots=True, eq=False)
class Reshape(ABC):
    """A change of one layer, its tensors already for that layer."""

    @abstractmethod
    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        """What comes to `made`, which the bare `layer` made of `taken`; it has its shape."""

    def to(self, device: torch.device, dtype: torch.dtype) -> Self:
        held = {field.name: getattr(self, field.name) for field in fields(self)}
        moved = {
            name: value.to(device, dtype)
            for name, value in held.items()
            if isinstance(value, Tensor)
        }
        return replace(self, **moved)


@dataclass(frozen=True, slots=True, eq=False)
class OutputScale(Reshape):
    """W' = (1 + s * scale) * W, a factor for each output: the larger part of DoRA (Liu et al. 2024,
    “DoRA: Weight-Decomposed Low-Rank Adaptation”), and IA³ (Liu et al. 2022, “Few-Shot
    Parameter-Efficient Fine-Tuning is Better and Cheaper than In-Context Learning”)."""

    scale: Tensor

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        own = _channels_last(layer, _without_bias(layer, made))
        return _back(layer, own * (strength * self.scale.to(made)))


@dataclass(frozen=True, slots=True, eq=False)
class InputScale(Reshape):
    """As `OutputScale`, a factor for each input."""

    scale: Tensor

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        scaled = _channels_last(layer, taken) * (strength * self.scale.to(taken))
        # Its forward, not itself: what hangs on a layer is for its own input.
        return _without_bias(layer, layer.forward(_back(layer, scaled)))


@dataclass(frozen=True, slots=True, eq=False)
class Bias(Reshape):
    """b' = b + s * bias, also where there was none."""

    bias: Tensor

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        bias = strength * self.bias.to(made)
        return _back(layer, bias.expand(_channels_last(layer, made).shape))


@dataclass(frozen=True, slots=True, eq=False)
class Rotation(Reshape):
    """OFT: W' = (I + s * (R - I)) W, with R of blocks along the diagonal (Qiu et al. 2023,
    “Controlling Text-to-Image Diffusion by Orthogonal Finetuning”), as LyCORIS and sd-scripts have
    it. `rescale` is a factor for each output besides, of which s is taken as well; LyCORIS would
    leave it whole at every strength.

    `turn` is R - I, (blocks, size, size).
    """

    turn: Tensor
    rescale: Tensor | None = None

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        own = _channels_last(layer, _without_bias(layer, made))
        blocks = own.reshape(*own.shape[:-1], *self.turn.shape[:2])
        turned = torch.einsum("...kn,knm->...km", blocks, strength * self.turn.to(made))
        return _back(layer, _rescaled(own + turned.flatten(-2), self.rescale, strength) - own)


@dataclass(frozen=True, slots=True, eq=False)
class Butterfly(Reshape):
    """BOFT: as `Rotation`, with R a product of such, each over channels twice as far apart as the
    one before it (Liu et al. 2024, “Parameter-Efficient Orthogonal Finetuning via Butterfly
    Factorization”). As in LyCORIS each of them is I + s * (R - I).

    `turns` are each R - I, (factors, blocks, size, size).
    """

    turns: Tensor
    rescale: Tensor | None = None

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        own = _channels_last(layer, _without_bias(layer, made))
        size = self.turns.shape[-1]
        result, apart, around = own, size // 2, own.shape[:-1]
        for turn in self.turns.to(made):
            pairs = result.reshape(*around, -1, 2, apart)
            blocks = pairs.transpose(-1, -2).reshape(*around, -1, size)
            blocks = blocks + torch.einsum("bij,...bj->...bi", strength * turn, blocks)
            pairs = blocks.reshape(*around, -1, apart, 2)
            result = pairs.transpose(-1, -2).reshape(own.shape)
            apart *= 2
        return _back(layer, _rescaled(result, self.rescale, strength) - own)


@dataclass(frozen=True, slots=True, eq=False)
class Detour(Reshape):
    """GLoRA's W' = W + s * W A, with A of low rank (Chavan et al. 2023, “One-for-All: Generalized
    LoRA for Parameter-Efficient Fine-tuning”).

    `down` is (rank, in…) with no extent in space, and `up` the weight times the rest of A,
    (out, rank…) with the layer's own kernel.
    """

    down: Tensor
    up: Tensor

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        down, up = self.down.to(taken), strength * self.up.to(taken)
        if isinstance(layer, nn.Conv2d):
            small = functional.conv2d(taken, down)
            return functional.conv2d(
                small, up, None, layer.stride, layer.padding, layer.dilation, layer.groups
            )
        return functional.linear(functional.linear(taken, down), up)


@dataclass(frozen=True, slots=True, eq=False)
class NormScale(Reshape):
    """LyCORIS' change of a normalisation: w' = w + s * weight; its bias is a `Bias`."""

    weight: Tensor

    def added(self, layer: Any, taken: Tensor, made: Tensor, strength: float) -> Tensor:
        weight = strength * self.weight.to(taken)
        if isinstance(layer, nn.GroupNorm):
            return functional.group_norm(taken, layer.num_groups, weight, None, layer.eps)
        return functional.layer_norm(taken, layer.normalized_shape, weight, None, layer.eps)


def _rescaled(made: Tensor, rescale: Tensor | None, strength: float) -> Tensor:
    return made if rescale is None else made * (1 + strength * (rescale.to(made) - 1))


def _without_bias(layer: Any, made: Tensor) -> Tensor:
    if layer.bias is None:
        return made
    return _back(layer, _channels_last(layer, made) - layer.bias.to(made))


def _channels_last(layer: Any, tensor: Tensor) -> Tensor:
    return tensor.movedim(1, -1) if isinstance(layer, nn.Conv2d | nn.GroupNorm) else tensor


def _back(layer: Any, tensor: Tensor) -> Tensor:
    return tensor.movedim(-1, 1) if isinstance(layer, nn.Conv2d | nn.GroupNorm) else tensor
