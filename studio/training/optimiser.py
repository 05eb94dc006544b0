"""Muon for the weight matrices, AdamW for the rest (Jordan et al. 2024; Liu et al. 2025).

Muon makes each update of a matrix orthogonal, so all its directions learn at one speed. A
convolution is a matrix from (in, height, width) to out. Embeddings, norms, biases, the first and
the last convolution stay with AdamW, as the authors advise.
"""

from __future__ import annotations

from typing import Any

import torch
from torch import nn


class ConvMuon(torch.optim.Muon):
    """`torch.optim.Muon` that also takes convolutions, through flat views of their weights."""

    def __init__(self, parameters: list[nn.Parameter], lr: float, weight_decay: float) -> None:
        self.whole = parameters
        # A view shares its memory: stepping the view steps the convolution.
        self.flat = [nn.Parameter(p.detach().flatten(1)) for p in parameters]
        super().__init__(
            self.flat, lr=lr, weight_decay=weight_decay, adjust_lr_fn="match_rms_adamw"
        )

    @torch.no_grad()
    def step(self, closure: Any = None) -> Any:
        """Give each view its gradient, then step."""
        for flat, whole in zip(self.flat, self.whole, strict=True):
            flat.grad = None if whole.grad is None else whole.grad.flatten(1)
        return super().step(closure)  # type: ignore[no-untyped-call]

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forget the gradients of the weights and of their views."""
        super().zero_grad(set_to_none)
        for whole in self.whole:
            whole.grad = None


def build_optimisers(
    model: nn.Module, lr: float, weight_decay: float, kind: str = "muon"
) -> list[torch.optim.Optimizer]:
    """`muon`: one Muon and one AdamW, which together hold every parameter once. `adamw`: AdamW for
    all, at the same learning rate (Muon's updates are scaled to AdamW's size)."""
    matrices: list[nn.Parameter] = []
    rest: list[nn.Parameter] = []
    for name, parameter in model.named_parameters():
        plain = (
            parameter.ndim < 2
            or "embedding" in name
            or name.endswith(("conv_in.weight", "conv_out.weight"))
        )
        (rest if plain else matrices).append(parameter)
    if kind == "adamw":
        groups = [
            {"params": matrices, "weight_decay": weight_decay},
            {"params": rest, "weight_decay": 0.0},
        ]
        return [torch.optim.AdamW(groups, lr, betas=(0.9, 0.99), fused=True)]
    return [
        ConvMuon(matrices, lr, weight_decay),
        torch.optim.AdamW(rest, lr, betas=(0.9, 0.99), weight_decay=0.0, fused=True),
    ]
