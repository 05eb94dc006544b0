"""What the families around a diffusion transformer share."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable, Mapping, Sequence
from typing import Any, ClassVar

import torch

from studio.domain.geometry import Size
from studio.engine.conditioning import Conditioning, Moment
from studio.engine.controls.control import Named, added
from studio.engine.families.autoencoder import Autoencoder
from studio.engine.families.network_family import NetworkFamily
from studio.engine.replay import Replay

Tell = Callable[[torch.Tensor, torch.Tensor, Named], torch.Tensor]
"""A transformer that was told something: from a model input (B, C, h, w), a timestep and what is
added, by the names that it takes that by, to its output."""
Look = Callable[[torch.Tensor, torch.Tensor, Moment], Named]
"""From a model input, a timestep and a moment to what is added."""


class TransformerFamily(NetworkFamily):
    """A `Family` whose transformer predicts which way to go from latents (B, C, h, w) at a
    timestep.

    `factors` is under which name its latents' preview is known; `autoencoder_class` is between
    latents and pictures.

    Args:
        transformer: the network.
        vae: AutoencoderKL, or one with its encode, decode and config.
        scheduler_config: the content of scheduler_config.json.
    """

    factors: ClassVar[str]
    autoencoder_class: ClassVar[type[Autoencoder]] = Autoencoder
    takes_mask: bool = False
    edits: bool = False

    def __init__(self, *, transformer: Any, vae: Any, scheduler_config: Mapping[str, Any]) -> None:
        super().__init__(
            network=transformer,
            autoencoder=self.autoencoder_class(vae, self.factors),
            scheduler_config=scheduler_config,
        )
        self.transformer = transformer

    def masked(
        self,
        size: Size,
        pixels: torch.Tensor | None,
        change: torch.Tensor | None,
        generators: Sequence[torch.Generator],
    ) -> torch.Tensor:
        """See `Family.masked`; only those that take a mask can tell."""
        raise NotImplementedError

    def set_frugal(self, frugal: bool) -> None:
        """The autoencoder works in tiles; attention takes little memory as it is."""
        self.forget_steps()
        self.autoencoder.set_frugal(frugal)

    @abstractmethod
    def _named(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> dict[str, Any]:
        """A model input, a timestep (no axes) and what is told besides, by the names that the
        transformer and its ControlNets take it by."""

    @abstractmethod
    def _drawn(self, output: Any, model_input: torch.Tensor) -> torch.Tensor:
        """Of what the transformer gave, that which is about the model input."""

    def _evaluate(
        self, model_input: torch.Tensor, timestep: torch.Tensor, *told: torch.Tensor
    ) -> torch.Tensor:
        return self._call(model_input, self._named(model_input, timestep, *told))

    def _call(self, model_input: torch.Tensor, named: Named) -> torch.Tensor:
        return self._drawn(self.transformer(**named, return_dict=False)[0], model_input)

    def _telling(self, *told: torch.Tensor, steps: Replay | None = None) -> Tell:
        """The transformer, told this. Nothing is repeated where something is added."""
        repeated = (steps or self._steps).holding(*told)

        def tell(model_input: torch.Tensor, timestep: torch.Tensor, more: Named) -> torch.Tensor:
            if not more:
                return repeated(model_input, timestep)
            return self._call(model_input, {**self._named(model_input, timestep, *told), **more})

        return tell

    def _looking(self, conditioning: Conditioning, *told: torch.Tensor, seen: Any = None) -> Look:
        """What is added for the controls of `conditioning` to a transformer that is told this, and
        for reference pictures, which it takes as `seen`."""
        controls = conditioning.controls
        always = {}
        if seen is not None:
            always["joint_attention_kwargs"] = {"ip_adapter_image_embeds": seen}

        def look(model_input: torch.Tensor, timestep: torch.Tensor, moment: Moment) -> Named:
            if not controls:
                return always
            named = self._named(model_input, timestep, *told)
            latents = model_input[:, : self.autoencoder.channels]
            return {**always, **added(controls, latents, timestep, named, moment)}

        return look

    def _here(self, tensor: torch.Tensor) -> torch.Tensor:
        """`tensor` on the transformer's device, in its dtype."""
        return tensor.to(*self._placed)
