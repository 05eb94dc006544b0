"""Another autoencoder than a model's own."""

from __future__ import annotations

import logging
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from studio.catalog.bounded import read_object
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused, StudioError
from studio.engine.devices import Device, is_out_of_memory
from studio.engine.families.autoencoder import Autoencoder
from studio.engine.families.family import Family
from studio.engine.loading.parts import load_parts
from studio.engine.loading.single_files import LAYOUTS
from studio.engine.loading.tensors import Tensors
from studio.engine.loading.weights import settle, variant_of

logger = logging.getLogger(__name__)


class Vaes:
    """The own autoencoder of a model of the family with a `name` (FAMILY_TITLES), and the last one
    that took its place."""

    def __init__(self, family: Any, name: str, device: Device) -> None:
        self._family = family
        self._name = name
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
            vae = load_vae(addon, self._name, self._own.vae, self._device)
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


def load_vae(addon: AddonInfo, family: str, own: Any, device: Device) -> Any:
    """Load what takes the place of the autoencoder `own` of a model of this family: a file in its
    makers' layout or diffusers', or a diffusers folder.

    Raises:
        ModelRefused: it is damaged, or makes other latents.
    """
    lies = replace(device, torch_device=own.device, dtype=own.dtype)
    try:
        if addon.path.is_dir():
            return _from_folder(addon, own, lies)
        return _from_file(addon, family, own, lies)
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
    _check(addon, own, _channels(config))
    if config.get("_class_name") != type(own).__name__:
        raise ModelRefused(
            f"The VAE “{addon.title}” is of another kind than this model's own.",
            "Choose another, or the model's own.",
        )
    vae = type(own).from_pretrained(
        addon.path,
        local_files_only=True,
        use_safetensors=True,
        variant=variant_of(addon.path),
        torch_dtype=device.dtype,
    )
    settle(vae, device)
    return vae


def _from_file(addon: AddonInfo, family: str, own: Any, device: Device) -> Any:
    file = Tensors.of(addon.path)
    part = LAYOUTS[family]([file]).parts["vae"]
    found = part.find([file])
    if found is None:
        raise ModelRefused(
            f"“{addon.title}” holds no VAE that the studio can read for this kind of model.",
            "Choose another, or the model's own.",
        )
    sign = next(name for name in (part.sign, *part.others) if name in found.shapes)
    _check(addon, own, found.shapes[sign][1])
    return load_parts(addon.title, {"vae": part}, [file], device)["vae"]


def _check(addon: AddonInfo, own: Any, channels: object) -> None:
    expected = _channels(own.config)
    if channels != expected:
        raise ModelRefused(
            f"The VAE “{addon.title}” makes latents of {channels} channels, and this model works "
            f"with {expected}.",
            "Choose one that was made for this kind of model, or the model's own.",
        )


def _channels(config: Mapping[str, Any]) -> object:
    """Of the latents, which Qwen-Image's autoencoder has another name for."""
    return config.get("latent_channels", config.get("z_dim"))
