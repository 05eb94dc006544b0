"""Makes of a loaded model the one that a request wants, and the model itself again."""

from __future__ import annotations

from typing import Any, Final

from studio.domain.adapters import FreeU
from studio.domain.addons import AddonInfo
from studio.domain.errors import ModelRefused
from studio.domain.model import ModelInfo
from studio.domain.request import Request
from studio.engine.adapters.loras import Loras
from studio.engine.adapters.parts import denoiser_of, forget
from studio.engine.adapters.textual_inversion import Embeddings
from studio.engine.adapters.vaes import Vaes, takes_vae
from studio.engine.adapters.wishes import NO_WISHES, Addons, Wishes
from studio.engine.devices import Device
from studio.engine.families.family import Family

_KEPT_AS: Final = "_changes"


class Adapting:
    """Changes loaded models as requests want it. What a model has read it keeps for the next
    picture; a request that wants nothing finds it exactly as it came from the disk.

    Args:
        addons: from a kind to the files of it that the catalog knows.
        device: where models are loaded to.
    """

    def __init__(self, addons: Addons, device: Device) -> None:
        self._addons = addons
        self._device = device

    def wishes(self, request: Request, info: ModelInfo) -> Wishes:
        """What `request` wants of its model; needs no model yet.

        Raises:
            StudioError: what it names isn't there, or doesn't go with this model.
        """
        return Wishes.of(request, info, self._addons)

    def adapt(self, family: Family, info: ModelInfo, wishes: Wishes) -> None:
        """Make `family`, loaded from `info`, what is wished; nothing more than that.

        Raises:
            ModelRefused: a file is damaged or doesn't fit.
        """
        # Kept with the model, so that both go together.
        changes: _Changes | None = vars(family).get(_KEPT_AS)
        if changes is None:
            if wishes == NO_WISHES:
                return
            changes = vars(family)[_KEPT_AS] = _Changes(family, info, self._device)
        changes.make(wishes)


class _Changes:
    """What a loaded model is at present."""

    def __init__(self, family: Any, info: ModelInfo, device: Device) -> None:
        self._family = family
        self._info = info
        self._present: Wishes | None = NO_WISHES
        self._loras = Loras(family, info.family)
        self._embeddings = Embeddings(family)
        self._vaes = Vaes(family, info.family, device) if takes_vae(family) else None

    def make(self, wishes: Wishes) -> None:
        before, self._present = self._present, None  # unknown, should one of these fail
        if wishes != before:
            self._loras.use(wishes.loras)
            self._embeddings.use(wishes.embeddings)
            self._set_freeu(wishes.freeu)
            self._set_vae(wishes.vae)
            forget(self._family)
        self._present = wishes

    def _set_freeu(self, freeu: FreeU | None) -> None:
        denoiser = denoiser_of(self._family)
        if freeu is not None:
            denoiser.enable_freeu(freeu.s1, freeu.s2, freeu.b1, freeu.b2)
        elif hasattr(denoiser, "disable_freeu"):
            denoiser.disable_freeu()

    def _set_vae(self, vae: AddonInfo | None) -> None:
        if self._vaes is not None:
            self._vaes.use(vae)
        elif vae is not None:
            raise ModelRefused(
                f"“{self._info.title}” works with no other VAE than its own.",
                "Choose its own, or another model.",
            )
