"""Models of published shapes with random weights, built on a device without any checkpoint.

Speed doesn't depend on the values of weights, so none is read. With `tiny` the same is built in
miniature, to rehearse everything on a CPU.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final

import torch
from torch._subclasses.fake_tensor import FakeTensorMode
from torch.utils._python_dispatch import TorchDispatchMode
from torch.utils._pytree import tree_leaves
from torch.utils.flop_counter import FlopCounterMode

from studio.domain.schedulers import Scheduler

Inputs = dict[str, Any]


@dataclass(frozen=True, slots=True)
class Shape:
    """A family's published shape.

    `denoiser` makes the network and `inputs` what one step calls it with, both in torch's default
    dtype and device; `inputs` is told the picture's side in pixels. `side` and `steps` are those of
    the usual job.
    """

    name: str
    title: str
    side: int
    steps: int
    guidance_scale: float
    scheduler: Scheduler
    denoiser: Callable[[], Any]
    inputs: Callable[[Any, int], Inputs]


def _diffusers(name: str, **config: Any) -> Any:
    import diffusers

    return getattr(diffusers, name)(**config)


_SDXL: Final[Mapping[str, Any]] = {
    "sample_size": 128,
    "block_out_channels": (320, 640, 1280),
    "down_block_types": ("DownBlock2D", "CrossAttnDownBlock2D", "CrossAttnDownBlock2D"),
    "up_block_types": ("CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "UpBlock2D"),
    "transformer_layers_per_block": (1, 2, 10),
    "attention_head_dim": (5, 10, 20),
    "cross_attention_dim": 2048,
    "addition_embed_type": "text_time",
    "addition_time_embed_dim": 256,
    "projection_class_embeddings_input_dim": 2816,
    "use_linear_projection": True,
}
_TINY_UNET: Final[Mapping[str, Any]] = {
    "sample_size": 8,
    "block_out_channels": (16, 32),
    "down_block_types": ("CrossAttnDownBlock2D", "DownBlock2D"),
    "up_block_types": ("UpBlock2D", "CrossAttnUpBlock2D"),
    "layers_per_block": 1,
    "norm_num_groups": 8,
    "attention_head_dim": 8,
    "cross_attention_dim": 32,
}


def _unet_inputs(denoiser: Any, side: int) -> Inputs:
    config = denoiser.config
    inputs: Inputs = {
        "sample": torch.randn(2, config.in_channels, side // 8, side // 8),
        "timestep": torch.tensor(500),
        "encoder_hidden_states": torch.randn(2, 77, config.cross_attention_dim),
        "return_dict": False,
    }
    if config.addition_embed_type == "text_time":
        pooled = config.projection_class_embeddings_input_dim - 6 * config.addition_time_embed_dim
        inputs["added_cond_kwargs"] = {
            "text_embeds": torch.randn(2, pooled),
            "time_ids": torch.randn(2, 6),
        }
    return inputs


def _flux_inputs(denoiser: Any, side: int) -> Inputs:
    config, patches, tokens = denoiser.config, (side // 16) ** 2, 512
    return {
        "hidden_states": torch.randn(1, patches, config.in_channels),
        "encoder_hidden_states": torch.randn(1, tokens, config.joint_attention_dim),
        "pooled_projections": torch.randn(1, config.pooled_projection_dim),
        "timestep": torch.rand(1),
        "guidance": torch.ones(1) if config.guidance_embeds else None,
        "img_ids": torch.zeros(patches, 3),
        "txt_ids": torch.zeros(tokens, 3),
        "return_dict": False,
    }


def _unet(name: str, title: str, side: int, steps: int, **config: Any) -> Shape:
    return Shape(
        name, title, side, steps, 7.0, Scheduler.EULER,
        lambda: _diffusers("UNet2DConditionModel", **config), _unet_inputs,
    )  # fmt: skip


def _flux(name: str, title: str, side: int, steps: int, **config: Any) -> Shape:
    return Shape(
        name, title, side, steps, 3.5, Scheduler.EULER,
        lambda: _diffusers("FluxTransformer2DModel", guidance_embeds=True, **config), _flux_inputs,
    )  # fmt: skip


SHAPES: Final[Mapping[str, Shape]] = {
    "sd": _unet("sd", "SD 1.5", 512, 30, sample_size=64, cross_attention_dim=768),
    "sdxl": _unet("sdxl", "SDXL", 1024, 30, **_SDXL),
    "flux": _flux("flux", "FLUX.1-dev", 1024, 28),
}
TINY_SHAPES: Final[Mapping[str, Shape]] = {
    "sd": _unet("sd", "SD 1.5, tiny", 64, 3, **_TINY_UNET),
    "sdxl": _unet(
        "sdxl", "SDXL, tiny", 64, 3, addition_embed_type="text_time", addition_time_embed_dim=8,
        projection_class_embeddings_input_dim=6 * 8 + 32, **_TINY_UNET,
    ),
    "flux": _flux(
        "flux", "FLUX.1-dev, tiny", 64, 3, patch_size=1, in_channels=16, num_layers=1,
        num_single_layers=1, attention_head_dim=16, num_attention_heads=2, joint_attention_dim=32,
        pooled_projection_dim=32, axes_dims_rope=(4, 4, 8),
    ),
}  # fmt: skip


def build(make: Callable[[], Any], device: torch.device, dtype: torch.dtype) -> Any:
    """A network with random weights, made where it is to compute; in eval mode, without gradients.

    In the dtype from the beginning: twelve billion numbers in fp32 would be 48 GB.
    """
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with device:
            torch.manual_seed(0)
            return make().eval().requires_grad_(False)
    finally:
        torch.set_default_dtype(usual)


def count_flops(shape: Shape, side: int) -> int:
    """FLOPs of one step (2 for a multiplication and its addition), by torch's FlopCounterMode over
    tensors without numbers, on no device: what a CPU does for attention wouldn't be counted."""
    with torch.device("meta"), torch.no_grad():
        denoiser = shape.denoiser().eval()
        inputs = shape.inputs(denoiser, side)
        with FlopCounterMode(display=False) as counter:
            denoiser(**inputs)
    return int(counter.get_total_flops())


def measure_peak(shape: Shape, side: int, dtype: torch.dtype) -> int:
    """The most bytes that one step has alive at a time beside weights and inputs."""
    usual = torch.get_default_dtype()
    torch.set_default_dtype(dtype)
    try:
        with FakeTensorMode(), torch.no_grad():
            denoiser = shape.denoiser().eval()
            inputs = shape.inputs(denoiser, side)
            there = [*denoiser.parameters(), *denoiser.buffers(), *tree_leaves(inputs)]
            with _LiveBytes(there) as live:
                denoiser(**inputs)
    finally:
        torch.set_default_dtype(usual)
    return int(live.peak)


class _LiveBytes(TorchDispatchMode):  # type: ignore[no-untyped-call]
    """Counts the bytes of living tensors, without those that were there before."""

    def __init__(self, there: list[Any]) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.peak = self._now = 0
        self._known = {_key(tensor) for tensor in there if isinstance(tensor, torch.Tensor)}
        self._live: dict[int, int] = {}

    def __torch_dispatch__(
        self,
        func: Any,
        types: Any,
        args: tuple[Any, ...] = (),
        kwargs: Mapping[str, Any] | None = None,
    ) -> Any:
        result = func(*args, **(kwargs or {}))
        for tensor in tree_leaves(result):
            if isinstance(tensor, torch.Tensor):
                self._see(tensor)
        return result

    def _see(self, tensor: torch.Tensor) -> None:
        key = _key(tensor)
        if key in self._known or key in self._live:
            return
        storage = tensor.untyped_storage()
        self._live[key] = storage.nbytes()
        self._now += storage.nbytes()
        self.peak = max(self.peak, self._now)
        weakref.finalize(storage, self._forget, key)

    def _forget(self, key: int) -> None:
        self._now -= self._live.pop(key, 0)


def _key(tensor: torch.Tensor) -> int:
    return int(tensor.untyped_storage()._cdata)
