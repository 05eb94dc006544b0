"""What an IP-Adapter sees of a picture."""

from __future__ import annotations

import logging
from pathlib import Path
from typing import Any, Final, Protocol

import torch

from studio.catalog.bounded import read_object
from studio.catalog.probe import read_header
from studio.domain.errors import ModelRefused
from studio.domain.events import Pixels
from studio.engine.devices import Device
from studio.engine.references.clip_encoder import ClipEncoder, read_clip
from studio.engine.references.siglip_encoder import SiglipEncoder, read_siglip

logger = logging.getLogger(__name__)

_SIGLIP: Final = "siglip"
_HEADS: Final = ("vision_model.head.", "head.attention.")


class ImageEncoder(Protocol):
    """A network that sees. Its states are `width` wide, the whole `projected_width`, 0 where it
    tells no whole."""

    width: int
    projected_width: int

    def see(self, pixels: Pixels, *, whole: bool) -> tuple[torch.Tensor, torch.Tensor]:
        """What it makes of uint8 (H, W, 3), and of nothing at all: the projected whole (1, width),
        or the last states but one, (1, tokens, width)."""


def load_image_encoder(path: Path, device: Device) -> ImageEncoder:
    """The encoder in a folder of transformers' layout, or in one file of the same tensors.

    Raises:
        ModelRefused: it is damaged, or no such encoder.
    """
    try:
        is_siglip = _is_siglip(path)
        network: Any = (read_siglip if is_siglip else read_clip)(path, device.dtype)
    except Exception as error:
        logger.warning("can't load %s", path, exc_info=error)
        raise ModelRefused(
            f"The image encoder “{path.stem}” is damaged or of another kind.", "Fetch it again."
        ) from None
    network = network.to(device.torch_device, device.dtype).eval().requires_grad_(False)
    return SiglipEncoder(network) if is_siglip else ClipEncoder(network)


def _is_siglip(path: Path) -> bool:
    if path.is_dir():
        return str(read_object(path / "config.json").get("model_type")).startswith(_SIGLIP)
    return any(name.startswith(_HEADS) for name in read_header(path).tensors)
