"""ControlNets and T2I-adapters from the disk: diffusers folders, and single files.

Nothing is unpickled and nothing fetched. A ControlNet in one file has the shape of the UNet that it
was trained beside, so its configuration is taken from the one that is loaded.
"""

from __future__ import annotations

import logging
from typing import Any, Final

import torch
from diffusers import ControlNetModel, T2IAdapter
from diffusers.loaders.single_file_utils import convert_controlnet_checkpoint
from safetensors.torch import load_file

from studio.catalog.probe import read_header
from studio.domain.addons import AddonInfo, AddonKind
from studio.domain.errors import ModelNotFound, ModelRefused, StudioError
from studio.engine.devices import Device, is_out_of_memory

logger = logging.getLogger(__name__)

_CLASSES: Final = {AddonKind.CONTROLNET: ControlNetModel, AddonKind.T2I_ADAPTER: T2IAdapter}
_UNSHUFFLES: Final = {"full_adapter": 8, "full_adapter_xl": 16, "light_adapter": 8}


def load_control(info: AddonInfo, unet: Any, device: Device) -> Any:
    """The network of `info`, a ControlNet or a T2I-adapter, for a `unet`, on `device`.

    Raises:
        ModelNotFound: it is gone.
        ModelRefused: damaged, cut off, or made for another family.
    """
    if not info.path.exists():
        raise ModelNotFound(
            f"“{info.title}” is gone: {info.path}.", "Put it back, or choose another."
        )
    try:
        network = _from_folder(info) if info.path.is_dir() else _from_file(info, unet)
        network = network.to(device.torch_device, device.dtype).eval().requires_grad_(False)
    except StudioError:
        raise
    except Exception as error:
        # Whatever the libraries may find wrong with a file.
        if is_out_of_memory(error):
            raise
        logger.warning("can't load %s", info.path, exc_info=error)
        raise ModelRefused(
            f"“{info.title}” is damaged or of another kind ({type(error).__name__}).",
            "Fetch it again, or choose another.",
        ) from None
    _check_fit(info, network, unet)
    return network


def _from_folder(info: AddonInfo) -> Any:
    network, report = _CLASSES[info.kind].from_pretrained(
        info.path, local_files_only=True, use_safetensors=True, output_loading_info=True
    )
    if report["missing_keys"]:
        raise ValueError(f"{len(report['missing_keys'])} tensors are missing")
    return network


def _from_file(info: AddonInfo, unet: Any) -> Any:
    read_header(info.path)
    tensors = load_file(info.path)
    if info.kind is AddonKind.T2I_ADAPTER:
        return _adapter(tensors)
    network = ControlNetModel.from_unet(unet, load_weights_from_unet=False)
    weights = convert_controlnet_checkpoint(tensors, network.config)  # type: ignore[no-untyped-call]
    if weights["controlnet_cond_embedding.conv_in.weight"].shape[1] != 3:
        raise ModelRefused(f"“{info.title}” looks at something else than a picture.")
    network.load_state_dict(weights)
    return network


def _adapter(tensors: dict[str, torch.Tensor]) -> Any:
    """A T2I-adapter whose configuration follows from its tensors' names and shapes."""
    blocks = 1 + max(int(name.split(".")[2]) for name in tensors if ".body." in name)
    if any(".in_conv." in name and "adapter.body.0" in name for name in tensors) and (
        "adapter.conv_in.weight" not in tensors
    ):
        kind = "light_adapter"
        channels = [tensors[f"adapter.body.{i}.out_conv.weight"].shape[0] for i in range(blocks)]
        first = tensors["adapter.body.0.in_conv.weight"].shape[1]
    else:
        stem = tensors["adapter.conv_in.weight"]
        first = stem.shape[1]
        # The large one's first block has no sibling before it that halves, and begins at 1/16.
        kind = "full_adapter_xl" if first == 3 * 16**2 else "full_adapter"
        channels = [
            tensors[f"adapter.body.{i}.resnets.0.block1.weight"].shape[0] for i in range(blocks)
        ]
    shrinks_by = _UNSHUFFLES[kind]
    resnets = 1 + max(
        int(name.split(".")[4]) for name in tensors if name.startswith("adapter.body.0.resnets.")
    )
    network: Any = T2IAdapter(  # type: ignore[no-untyped-call]
        first // shrinks_by**2, channels, resnets, shrinks_by, kind
    )
    network.load_state_dict(tensors)
    return network


def _check_fit(info: AddonInfo, network: Any, unet: Any) -> None:
    wanted = unet.config.cross_attention_dim
    if info.kind is AddonKind.CONTROLNET:
        fits = network.config.cross_attention_dim == wanted
    else:
        fits = network.config.channels[-1] == unet.config.block_out_channels[-1]
    if not fits:
        raise ModelRefused(
            f"“{info.title}” was made for models of another family.",
            "Choose a control for this model's family, or leave it out.",
        )
