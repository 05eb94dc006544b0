"""ControlNets and T2I-adapters from the disk: diffusers folders, and single files.

Nothing is unpickled and nothing fetched.
"""

from __future__ import annotations

import warnings
from typing import Any

from accelerate import init_empty_weights

from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelNotFound, ModelRefused
from studio.engine.controls.way import ControlWay
from studio.engine.devices import Device
from studio.engine.families.network_family import NetworkFamily
from studio.engine.loading.damage import damage_in_words
from studio.engine.loading.tensors import Tensors
from studio.engine.loading.weights import fill, settle, variant_of


def load_control(info: AddonInfo, way: ControlWay, family: NetworkFamily, device: Device) -> Any:
    """The network of `info`, a ControlNet or a T2I-adapter, for a model, on `device` and in its
    dtype.

    Raises:
        ModelNotFound: it is gone.
        ModelRefused: damaged, cut off, or made for another family.
    """
    if not info.path.exists():
        raise ModelNotFound(
            f"“{info.title}” is gone: {info.path}.", "Put it back, or choose another."
        )
    if info.kind not in way.classes:
        raise _made_for_others(info)
    with damage_in_words(info):
        with warnings.catch_warnings():
            # What diffusers says there is about its own imports.
            warnings.simplefilter("ignore", FutureWarning)
            if info.path.is_dir():
                network = _from_folder(info, way, device)
            else:
                network = _from_file(info, way, family, device)
        settle(network, device)
    return network


def check_fit(info: AddonInfo, network: Any, way: ControlWay, family: NetworkFamily) -> None:
    """Raise ModelRefused unless the network of `info` goes with a model."""
    if not way.fits(network, family):
        raise _made_for_others(info)


def _from_folder(info: AddonInfo, way: ControlWay, device: Device) -> Any:
    network_class, sizes = way.of_folder(info.kind, info.path)
    network, report = network_class.from_pretrained(
        info.path,
        **sizes,
        local_files_only=True,
        use_safetensors=True,
        variant=variant_of(info.path),
        output_loading_info=True,
        torch_dtype=device.dtype,
    )
    if report["missing_keys"]:
        raise ValueError(f"{len(report['missing_keys'])} tensors are missing")
    return network


def _from_file(info: AddonInfo, way: ControlWay, family: NetworkFamily, device: Device) -> Any:
    tensors = Tensors.of(info.path).read(device.dtype)
    with init_empty_weights():
        network, weights = way.of_file(info.kind, tensors, family)
    fill(network, weights, device)
    return network


def _made_for_others(info: AddonInfo) -> ModelRefused:
    return ModelRefused(
        f"“{info.title}” was made for models of another family.",
        "Choose a control for this model's family, or leave it out.",
    )
