"""Another autoencoder than a model's own."""

from __future__ import annotations

import logging
from dataclasses import replace
from typing import Any, Final

from accelerate import init_empty_weights

from studio.catalog.bounded import read_object
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused, StudioError
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.autoencoder import Autoencoder
from studio.engine.families.family import Family
from studio.engine.loading.ldm import autoencoder_part
from studio.engine.loading.parts import load_parts
from studio.engine.loading.tensors import Tensors
from studio.engine.loading.weights import fill, settle

logger = logging.getLogger(__name__)

_SIGN: Final = "decoder.conv_in.weight"
_PREFIXES: Final = ("first_stage_model.", "vae.", "")


class Vaes:
    """A model's own autoencoder, and the last one that took its place."""

    def __init__(self, family: Any, device: Device) -> None:
        self._family = family
        self._device = device
        self._own: Autoencoder = family.autoencoder
        self._other: tuple[AddonInfo, Any] | None = None

    def use(self, addon: AddonInfo | None) -> None:
        """From now on the model encodes and decodes with this one; None is its own.

        Raises:
            ModelRefused: it is damaged, or makes other latents than this model.
        """
        if addon is None:
            vae = self._own.vae
        elif self._other is None or self._other[0] != addon:
            vae = load_vae(addon, self._own.vae, self._device)
            self._other = addon, vae
        else:
            vae = self._other[1]
        present: Autoencoder = self._family.autoencoder
        if vae is not present.vae:
            self._family.autoencoder = present.with_vae(vae)


def takes_vae(family: Family) -> bool:
    """Whether a model's autoencoder can be another."""
    vae = getattr(getattr(family, "autoencoder", None), "vae", None)
    return hasattr(vae, "post_quant_conv") or hasattr(vae, "use_tiling")


def load_vae(addon: AddonInfo, own: Any, device: Device) -> Any:
    """Load what takes the place of the autoencoder `own`: a file in either layout or a diffusers
    folder.

    Raises:
        ModelRefused: it is damaged, or makes other latents.
    """
    lies = replace(device, torch_device=own.device, dtype=own.dtype)
    try:
        if addon.path.is_dir():
            return _from_folder(addon, own, lies)
        return _from_file(addon, own, lies)
    except StudioError:
        raise
    except Exception as error:
        # Whatever the libraries find wrong with tensors of unforeseen shapes.
        if is_out_of_memory(error):
            raise
        logger.warning("can't load %s", addon.path, exc_info=error)
        raise ModelRefused(
            f"The VAE “{addon.title}” is damaged, or built in another way than this model's own "
            f"({type(error).__name__}).",
            "Choose another, or the model's own.",
        ) from None


def _from_folder(addon: AddonInfo, own: Any, device: Device) -> Any:
    config = read_object(addon.path / "config.json")
    _check(addon, own, config.get("latent_channels", config.get("z_dim")))
    if config.get("_class_name") != type(own).__name__:
        raise ModelRefused(
            f"The VAE “{addon.title}” is of another kind than this model's own.",
            "Choose another, or the model's own.",
        )
    vae = type(own).from_pretrained(
        addon.path, local_files_only=True, use_safetensors=True, torch_dtype=device.dtype
    )
    settle(vae, device)
    return vae


def _from_file(addon: AddonInfo, own: Any, device: Device) -> Any:
    file = Tensors.of(addon.path)
    prefix = next((prefix for prefix in _PREFIXES if prefix + _SIGN in file.shapes), None)
    if prefix is None:
        raise ModelRefused(
            f"“{addon.title}” holds no VAE that the studio can read.",
            "Choose another, or the model's own.",
        )
    tensors = file.below(prefix) if prefix else file
    _check(addon, own, tensors.shapes[_SIGN][1])
    if any(name.startswith("encoder.down.0.") for name in tensors.shapes):
        config = own.config
        part = autoencoder_part(
            config.scaling_factor, config.sample_size, getattr(config, "shift_factor", None)
        )
        return load_parts(addon.title, {"vae": part}, [file], device)["vae"]
    with init_empty_weights():
        vae = type(own).from_config(own.config)
    fill(vae, tensors.read(device.dtype), device)
    settle(vae, device)
    return vae


def _check(addon: AddonInfo, own: Any, channels: object) -> None:
    expected = own.config.latent_channels
    if channels != expected:
        raise ModelRefused(
            f"The VAE “{addon.title}” makes latents of {channels} channels, and this model works "
            f"with {expected}.",
            "Choose one that was made for this kind of model, or the model's own.",
        )
